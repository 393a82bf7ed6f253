//! Whether a reply means something: exactly one verb, only what goes with it, values that can be
//! sent, and a fault that a client could see. Never what any of it does.

use super::Reply;
use crate::json::Json;
use crate::scenario::{Drip, Fault};

/// The verbs, for errors.
const VERBS: &str = "`decision`, `status`, `json` or a `wire` of hang, reset, close or garbage";

/// Why a reply cannot be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// There is nothing to answer.
    #[error("a reply needs exactly one of {VERBS}; this one has none")]
    NoVerb,
    /// There is more than one answer.
    #[error("a reply needs exactly one of {VERBS}; this one has {0}")]
    TwoVerbs(String),
    /// A fault that happens to an answer, and there is none.
    #[error("`wire: {0}` happens to an answer: write `decision`, `status` or `json` beside it")]
    NoAnswer(&'static str),
    /// A fault that no client could see.
    #[error("`wire: {0}` happens to a body, and this answer has none that is long enough")]
    NoBody(&'static str),
    /// A field that means nothing beside the verb.
    #[error("`{field}` goes with {with} only")]
    Stray {
        /// The field that was written.
        field: &'static str,
        /// What it qualifies.
        with: &'static str,
    },
    /// A status that cannot be sent.
    #[error("status {0} cannot be sent: write 300 to 999, or 200 to 999 with `json`")]
    Status(u16),
    /// A wait that the header cannot carry.
    #[error("`retry_after` is sent in seconds: write a whole number of them, such as 2s")]
    RetryAfter,
    /// A text that a header cannot carry.
    #[error("`{0}` is sent in a header: write at least one character, all of them printable ASCII")]
    Header(&'static str),
    /// A pace without a pause.
    #[error("`every` is the pause between two drips: write at least 1ms")]
    Drip,
    /// Two sources for one body.
    #[error("write one of `sanitized_body`, `sanitized_body_json` and `sanitize`, not two")]
    TwoBodies,
    /// A body that would break the whole answer.
    #[error("`sanitized_body_json` is not JSON: {0}; to send broken text, write the whole answer as `json`")]
    SanitizedBody(crate::json::JsonError),
    /// A documented field where only unknown ones belong.
    #[error("`extra` holds fields that no document knows; `{0}` is a field of its own")]
    Extra(String),
}

impl Reply {
    /// The reply, when it means something.
    pub(super) fn checked(self) -> Result<Self, ReplyError> {
        let mute = self.wire.filter(|fault| fault.is_mute());
        let verbs = [
            ("decision", self.decision.is_some()),
            ("status", self.status.is_some() && self.json.is_none()),
            ("json", self.json.is_some()),
            // Beside a decision it is no verb: the decision is made, and not told.
            (mute.map_or("wire", Fault::name), mute.is_some() && self.decision.is_none()),
        ];
        let verb = match verbs.iter().filter(|(_, written)| *written).map(|(name, _)| *name).collect::<Vec<_>>()[..] {
            [] => return Err(self.wire.map_or(ReplyError::NoVerb, |fault| ReplyError::NoAnswer(fault.name()))),
            [verb] => verb,
            ref verbs => return Err(ReplyError::TwoVerbs(format!("`{}`", verbs.join("` and `")))),
        };
        self.check_qualifiers(verb)?;
        self.check_values()?;
        self.check_fault()?;
        Ok(self)
    }

    /// Whether each field goes with the verb.
    fn check_qualifiers(&self, verb: &str) -> Result<(), ReplyError> {
        let of_a_decision = [
            ("reason_codes", !self.reason_codes.is_empty()),
            ("risk_score", self.risk_score.is_some()),
            ("risk_band", self.risk_band.is_some()),
            ("sanitized_body", self.sanitized_body.is_some()),
            ("sanitized_body_json", self.sanitized_body_json.is_some()),
            ("sanitize", self.sanitize.is_some()),
            ("approval", self.approval.is_some()),
            ("approval_id", self.approval_id.is_some()),
            ("approval_url", self.approval_url.is_some()),
            ("policy_id", self.policy_id.is_some()),
            ("policy_name", self.policy_name.is_some()),
            ("trace_id", self.trace_id.is_some()),
            ("omit", !self.omit.is_empty()),
            ("extra", !self.extra.is_empty()),
        ];
        let stray = |field, with| Err(ReplyError::Stray { field, with });
        if let Some((field, _)) = of_a_decision.iter().find(|(_, written)| *written && verb != "decision") {
            return stray(field, "`decision`");
        }
        if self.retry_after.is_some() && verb != "status" {
            return stray("retry_after", "`status`");
        }
        if self.location.is_some() && !self.status.is_some_and(|status| (300..400).contains(&status)) {
            return stray("location", "a `status` from 300 to 399");
        }
        if self.delay.is_some() && self.wire == Some(Fault::Hang) {
            return stray("delay", "what ends: an answer, or a fault other than hang");
        }
        if self.content_type.is_some() && self.wire.is_some_and(Fault::is_mute) {
            return stray("content_type", "an answer");
        }
        if self.approval.is_some() && self.decision.as_deref() != Some("REQUIRE_APPROVAL") {
            return stray("approval", "`decision: REQUIRE_APPROVAL`");
        }
        Ok(())
    }

    /// Whether each value can be sent.
    fn check_values(&self) -> Result<(), ReplyError> {
        if let Some(status) = self.status
            && !(if self.json.is_some() { 200..1000 } else { 300..1000 }).contains(&status)
        {
            return Err(ReplyError::Status(status));
        }
        if self.retry_after.is_some_and(|wait| wait.get().subsec_nanos() > 0) {
            return Err(ReplyError::RetryAfter);
        }
        for (field, text) in [("location", &self.location), ("content_type", &self.content_type)] {
            let unfit =
                |text: &String| text.trim().is_empty() || !text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
            if text.as_ref().is_some_and(unfit) {
                return Err(ReplyError::Header(field));
            }
        }
        let bodies = [self.sanitized_body.is_some(), self.sanitized_body_json.is_some(), self.sanitize.is_some()];
        if bodies.iter().filter(|written| **written).count() > 1 {
            return Err(ReplyError::TwoBodies);
        }
        if let Some(text) = &self.sanitized_body_json {
            Json::parse(text.as_bytes()).map_err(ReplyError::SanitizedBody)?;
        }
        if let Some(field) = self.extra.keys().find(|field| crate::answer::SCAN_FIELDS.contains(&field.as_str())) {
            return Err(ReplyError::Extra(field.clone()));
        }
        Ok(())
    }

    /// Whether a client could see what goes wrong.
    fn check_fault(&self) -> Result<(), ReplyError> {
        let Some(fault) = self.wire else { return Ok(()) };
        if let Fault::Drip(Drip { every, .. }) = fault
            && every.get().is_zero()
        {
            return Err(ReplyError::Drip);
        }
        if fault == Fault::TruncatedJson && self.json.is_some() {
            return Err(ReplyError::Stray { field: "wire: truncated_json", with: "`decision` or `status`" });
        }
        let bodiless = matches!(self.status, Some(204 | 304));
        let length = self.json.as_ref().map(|text| u32::try_from(text.len()).unwrap_or(u32::MAX));
        if fault.is_of_body() && bodiless || length.is_some_and(|length| length < fault.least_body()) {
            return Err(ReplyError::NoBody(fault.name()));
        }
        Ok(())
    }
}
