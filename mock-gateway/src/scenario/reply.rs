//! What the gateway answers when its turn comes: a verdict, an error, raw text, or a fault. Only
//! the form that people write; whether it means something is in `check`, never how it is rendered.

mod check;

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use super::delay::Delay;
use super::fault::Fault;
use super::period::Period;
use super::repeat::Repeat;
use super::windows::{Become, Course};

pub use check::ReplyError;

/// One scripted answer.
///
/// It has exactly one verb: `decision`, `status`, `json` (which may carry a `status`), or a `wire`
/// of `hang`, `reset`, `close` or `garbage`. Everything else qualifies the verb.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, default, expecting = "a reply, such as { decision: ALLOW }")]
pub struct Reply {
    /// Verb: a verdict. Usually ALLOW, DENY, SANITIZE or REQUIRE_APPROVAL; any other text is sent
    /// as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) decision: Option<String>,
    /// Why, as the gateway codes it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) reason_codes: Vec<String>,
    /// 0 to 1; left out, it follows from the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) risk_score: Option<f64>,
    /// LOW, MEDIUM, HIGH or CRITICAL; left out, it follows from the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) risk_band: Option<String>,
    /// The body to use instead, as a YAML value.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub(crate) sanitized_body: Option<Value>,
    /// The body to use instead, as JSON text that is sent as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sanitized_body_json: Option<String>,
    /// `redact`: the body to use instead is the request's own, with secrets and PII taken out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sanitize: Option<Sanitize>,
    /// What the approval that this asks for becomes by itself: `{ after: 3s, become: approved }`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) approval: Option<Course>,
    /// The id of the approval; left out, one is made from the seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) approval_id: Option<String>,
    /// Where the approval is decided; left out, it is a page of this gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) approval_url: Option<String>,
    /// The id of the policy that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) policy_id: Option<String>,
    /// The name of the policy that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) policy_name: Option<String>,
    /// The id of the scan; left out, one is made from the seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trace_id: Option<String>,
    /// Fields that the answer would carry and shall not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) omit: Vec<String>,
    /// Fields that no document knows.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) extra: BTreeMap<String, Value>,
    /// Verb: an HTTP status with the documented error body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 200, max = 999))]
    pub(crate) status: Option<u16>,
    /// The `Retry-After` header, in whole seconds on the wire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after: Option<Period>,
    /// The `Location` header of a status from 300 to 399.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<String>,
    /// The `Content-Type` header; left out, `application/json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<String>,
    /// Verb: the whole body, sent as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) json: Option<String>,
    /// How long the gateway waits, in real time, before it answers: a length, or a distribution
    /// that the seed draws from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) delay: Option<Delay>,
    /// What goes wrong on the wire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wire: Option<Fault>,
    /// How often this reply is given before the next one's turn: a number, or `forever`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) repeat: Option<Repeat>,
}

/// Where a sanitized body comes from when none is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sanitize {
    /// Every secret and all PII in the request's body is replaced, the rest keeps its bytes.
    Redact,
}

/// The one verb of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb<'a> {
    /// Answers a scan with this decision.
    Decision(&'a str),
    /// Answers with an error status and the documented body.
    Status(u16),
    /// Answers with this text, as written.
    Json(u16, &'a str),
    /// Gives no answer.
    Wire(Fault),
}

impl Reply {
    /// A reply that answers a scan with `decision`.
    #[must_use]
    pub fn decision(decision: impl Into<String>) -> Self {
        Self { decision: Some(decision.into()), ..Self::default() }
    }

    /// The same reply, with one more reason code.
    #[must_use]
    pub fn because(mut self, reason_code: impl Into<String>) -> Self {
        self.reason_codes.push(reason_code.into());
        self
    }

    /// A reply that answers with an error status.
    ///
    /// # Errors
    /// A status outside 300 to 599.
    pub fn status(status: u16) -> Result<Self, ReplyError> {
        Self { status: Some(status), ..Self::default() }.checked()
    }

    /// A reply that sends `text` with status 200.
    #[must_use]
    pub fn json(text: impl Into<String>) -> Self {
        Self { json: Some(text.into()), ..Self::default() }
    }

    /// A reply that never comes.
    #[must_use]
    pub fn hang() -> Self {
        Self { wire: Some(Fault::Hang), ..Self::default() }
    }

    /// The same reply, with this going wrong on the wire.
    ///
    /// ```
    /// use mock_gateway::Reply;
    /// use mock_gateway::scenario::Fault;
    ///
    /// assert!(Reply::decision("ALLOW").broken(Fault::ResetMidBody).is_ok());
    /// let error = Reply::json("").broken(Fault::ResetMidBody).unwrap_err();
    /// assert!(error.to_string().starts_with("`wire: reset_mid_body` happens to a body"));
    /// ```
    ///
    /// # Errors
    /// A fault that means nothing for this answer.
    pub fn broken(self, fault: Fault) -> Result<Self, ReplyError> {
        Self { wire: Some(fault), ..self }.checked()
    }

    /// The one verb.
    #[must_use]
    pub fn verb(&self) -> Verb<'_> {
        match (&self.decision, &self.json, self.status) {
            (Some(decision), ..) => Verb::Decision(decision),
            (None, Some(text), status) => Verb::Json(status.unwrap_or(200), text),
            (None, None, Some(status)) => Verb::Status(status),
            (None, None, None) => Verb::Wire(self.wire.unwrap_or(Fault::Hang)),
        }
    }

    /// What goes wrong on the wire.
    #[must_use]
    pub const fn fault(&self) -> Option<Fault> {
        self.wire
    }
}

/// A field that was written, `null` included: `sanitized_body: null` is a body.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl<'de> Deserialize<'de> for Reply {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)?.checked().map_err(de::Error::custom)
    }
}

impl Serialize for Reply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

/// The reply in a few words, for lists of rules.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.verb() {
            Verb::Decision(decision) => f.write_str(decision)?,
            Verb::Status(status) => write!(f, "status {status}")?,
            Verb::Json(status, _) => write!(f, "status {status} with a text of its own")?,
            Verb::Wire(fault) => fault.fmt(f)?,
        }
        if !self.reason_codes.is_empty() {
            write!(f, " ({})", self.reason_codes.join(", "))?;
        }
        if self.sanitize.is_some() {
            f.write_str(", body redacted")?;
        }
        if let Some(Course { after, r#become }) = self.approval {
            let what = match r#become {
                Become::Approved => "approved",
                Become::Denied => "denied",
                Become::Expired => "expired",
            };
            write!(f, ", {what} {after} later")?;
        }
        if let Some(location) = &self.location {
            write!(f, " to {location}")?;
        }
        if let Some(content_type) = &self.content_type {
            write!(f, " as {content_type}")?;
        }
        if let Some(fault) = self.wire.filter(|_| !matches!(self.verb(), Verb::Wire(_))) {
            write!(f, ", {fault}")?;
        }
        if let Some(delay) = self.delay {
            write!(f, " after {delay}")?;
        }
        self.repeat.map_or(Ok(()), |repeat| write!(f, ", {repeat}"))
    }
}
