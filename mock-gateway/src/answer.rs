//! What goes back on the wire: the documented answers, built from what was decided. Pure; no rule
//! and no clock is asked here.

mod object;
mod scan;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use crate::api::{ApiError, Key, KeyWish, Scan, ScanResponse};
use crate::approval::{self, Approval, Status};
use crate::clock::Moment;
use crate::correlate::Overlap;
use crate::fidelity::{Behaviour, Mark};
use crate::meter::Usage;
use crate::redact;
use crate::scenario::{Fault, Reply, Verb};
use bytes::Bytes;

use object::{Object, list};

pub(crate) const BEHAVIOURS: &[Behaviour] = &[
    Behaviour::new(
        "scan.answer",
        Mark::Documented,
        "decision, risk_score, risk_band, reason_codes, trace_id, tool_name, operation, classifications and signals are answered",
    ),
    Behaviour::new("scan.risk", Mark::Assumed, "risk follows from the decision where the scenario gives none"),
    Behaviour::new(
        "scan.operation",
        Mark::Assumed,
        "operation is read for GET, HEAD and OPTIONS, delete for DELETE, else write",
    ),
    Behaviour::new(
        "scan.signals",
        Mark::Assumed,
        "one signal per class found, of the engine `classifier`; one per overlap, of the engine `correlate`",
    ),
    Behaviour::new("scan.approval-url", Mark::Seed, "REQUIRE_APPROVAL carries approval_id and approval_url"),
    Behaviour::new(
        "scan.redaction",
        Mark::Assumed,
        "`sanitize: redact` replaces each finding by [REDACTED:CLASS] and keeps every other byte",
    ),
    Behaviour::new(
        "response.answer",
        Mark::Documented,
        "data_classes, fields_redacted_count and content_fingerprint are answered",
    ),
    Behaviour::new(
        "response.fingerprint",
        Mark::Assumed,
        "the fingerprint is SHA-256 of the content's letters and digits in lower case, in the order of sorted keys",
    ),
    Behaviour::new(
        "approval.answer",
        Mark::Documented,
        "approval_id, status, decision, decided_at, expires_at, remaining_seconds, poll_guidance and retry_guidance are answered",
    ),
    Behaviour::new("approval.decision", Mark::Assumed, "an approval's decision is ALLOW, DENY or null"),
    Behaviour::new("approval.guidance", Mark::Observed, "both guidances are texts; here they are sentences"),
    Behaviour::new("errors.status", Mark::Documented, "400, 401, 413, 429 with Retry-After, and 5xx"),
    Behaviour::new("errors.field", Mark::Observed, "an error's body is a JSON object with `error`"),
    Behaviour::new("errors.shape", Mark::Assumed, "`error` is a code, and beside it stands `reason`, a sentence"),
];

/// The fields of a scan's answer that documents know.
pub(crate) const SCAN_FIELDS: [&str; 14] = [
    "decision",
    "risk_score",
    "risk_band",
    "reason_codes",
    "trace_id",
    "tool_name",
    "operation",
    "classifications",
    "signals",
    "sanitized_body",
    "approval_id",
    "approval_url",
    "policy_id",
    "policy_name",
];

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type` header.
    pub content_type: Cow<'static, str>,
    /// Whole seconds for the `Retry-After` header.
    pub retry_after: Option<u64>,
    /// The `Location` header.
    pub location: Option<String>,
    /// The `Allow` header.
    pub allow: Option<&'static str>,
    /// The whole body.
    pub body: Bytes,
}

/// What was decided to say.
#[derive(Debug, Clone)]
pub enum Say {
    /// A verdict on a scan.
    Verdict(Arc<Scan>, Verdict),
    /// A scripted reply without a verdict.
    Scripted(Arc<Reply>),
    /// The built-in answer to `/v1/scan/response`.
    Recorded(Arc<ScanResponse>),
    /// Where an approval stands, and how often it may be asked for.
    Approval(Approval, Duration),
    /// What has been used of the limits.
    Usage(Usage),
    /// A short-lived key.
    NewKey {
        /// The token.
        key: Key,
        /// What was asked of it.
        wish: KeyWish,
        /// When it ends.
        expires: Moment,
    },
    /// The gateway is up.
    Healthy,
    /// An error of the gateway's own.
    Error(ApiError),
}

/// A verdict on a scan.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// What was decided, and everything that is said beside it.
    pub reply: Arc<Reply>,
    /// The id of this scan, unless the reply has one.
    pub trace_id: String,
    /// Id and page of the approval that the scan waits for, unless the reply has them.
    pub approval: Option<(String, String)>,
    /// What the scan has in common with an earlier response, if that is enough.
    pub overlap: Option<Overlap>,
}

impl Verdict {
    /// The id of this scan.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        self.reply.trace_id.as_deref().unwrap_or(&self.trace_id)
    }
}

impl Say {
    /// The answer; `None` when there is none to give, ever.
    #[must_use]
    pub fn answer(&self) -> Option<Answer> {
        let (status, retry_after, mut body) = match self {
            Self::Verdict(scan, verdict) => (200, None, scan::body(scan, verdict)),
            Self::Recorded(response) => (200, None, response_body(response)),
            Self::Approval(approval, every) => (200, None, approval_body(approval, *every)),
            Self::Usage(usage) => (200, None, usage_body(usage)),
            Self::NewKey { key, wish, expires } => (201, None, key_body(key, wish, *expires)),
            Self::Healthy => (200, None, r#"{"status":"ok"}"#.to_owned()),
            Self::Error(error) => (error.status, error.retry_after, error_body(error)),
            Self::Scripted(reply) => match reply.verb() {
                Verb::Json(status, text) => (status, retry_seconds(reply), text.to_owned()),
                Verb::Status(status) => {
                    let error = ApiError::new(status, "the scenario answers with this status");
                    (status, retry_seconds(reply), error_body(&error))
                }
                Verb::Decision(_) | Verb::Wire(_) => return None,
            },
        };
        let allow = if let Self::Error(error) = self { error.allow } else { None };
        let (mut content_type, mut location) = (Cow::Borrowed("application/json"), None);
        if let Some(reply) = self.reply() {
            if let Some(written) = &reply.content_type {
                content_type = Cow::Owned(written.clone());
            }
            location.clone_from(&reply.location);
            if reply.fault() == Some(Fault::TruncatedJson) {
                body.truncate(body.floor_char_boundary(body.len() / 2));
            }
        }
        Some(Answer { status, content_type, retry_after, location, allow, body: body.into() })
    }

    /// The scripted reply that this is, or that the verdict comes from.
    fn reply(&self) -> Option<&Reply> {
        match self {
            Self::Verdict(_, verdict) => Some(&verdict.reply),
            Self::Scripted(reply) => Some(reply),
            _ => None,
        }
    }
}

fn retry_seconds(reply: &Reply) -> Option<u64> {
    reply.retry_after.map(|wait| wait.get().as_secs())
}

fn response_body(response: &ScanResponse) -> String {
    let mut object = Object::new(&[]);
    object.put("data_classes", list(response.classes.iter().map(|class| class.name())));
    object.put("fields_redacted_count", redact::json(response.raw_body()).fields);
    object.put_text("content_fingerprint", response.content.name());
    object.end()
}

fn approval_body(approval: &Approval, every: Duration) -> String {
    let mut object = Object::new(&[]);
    object.put_text("approval_id", &approval.id);
    object.put_text("status", approval.status.name());
    match approval.status {
        Status::Approved => object.put_text("decision", "ALLOW"),
        Status::Denied => object.put_text("decision", "DENY"),
        Status::Pending | Status::Expired => object.put("decision", "null"),
    }
    match approval.decided {
        Some(at) => object.put_text("decided_at", &at.to_string()),
        None => object.put("decided_at", "null"),
    }
    object.put_text("expires_at", &approval.expires.to_string());
    object.put("remaining_seconds", whole_seconds(approval.remaining));
    object.put_text("poll_guidance", &approval::poll_guidance(every));
    object.put_text(
        "retry_guidance",
        match approval.status {
            Status::Pending => "wait for the decision, then scan the same arguments again",
            Status::Approved => "scan the same arguments again before expires_at",
            Status::Denied => "do not retry",
            Status::Expired => "scan again to ask for a new approval",
        },
    );
    object.end()
}

/// A part of a second counts as one, so that 0 means that nothing is left.
pub(crate) const fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + if wait.subsec_nanos() > 0 { 1 } else { 0 }
}

fn usage_body(usage: &Usage) -> String {
    let number = |number: Option<u64>| number.map_or_else(|| "null".to_owned(), |number| number.to_string());
    let mut object = Object::new(&[]);
    object.put("scans", usage.scans);
    object.put("refused", usage.refused);
    object.put("quota", number(usage.quota));
    object.put("remaining", number(usage.quota.map(|quota| quota.saturating_sub(usage.scans))));
    object.put("scans_per_minute", number(usage.scans_per_minute.map(u64::from)));
    object.put_text("period_start", &usage.since.to_string());
    object.put_text("period_end", &usage.until.to_string());
    object.end()
}

fn key_body(key: &Key, wish: &KeyWish, expires: Moment) -> String {
    let names = |names: &Option<Vec<String>>| {
        names.as_ref().map_or_else(|| "null".to_owned(), |names| list(names.iter().map(String::as_str)))
    };
    let mut scope = Object::new(&[]);
    scope.put("tools", names(&wish.scope.tools));
    scope.put("verbs", names(&wish.scope.verbs));
    let mut object = Object::new(&[]);
    object.put_text("key", key.reveal());
    object.put_text("expires_at", &expires.to_string());
    object.put("max_uses", wish.max_uses.map_or_else(|| "null".to_owned(), |uses| uses.to_string()));
    object.put("scope", scope.end());
    object.end()
}

fn error_body(error: &ApiError) -> String {
    let code = error.code.unwrap_or(match error.status {
        400 => "VALIDATION_ERROR",
        401 => "UNAUTHORIZED",
        403 => "FORBIDDEN",
        404 => "NOT_FOUND",
        405 => "METHOD_NOT_ALLOWED",
        413 => "PAYLOAD_TOO_LARGE",
        429 => "RATE_LIMITED",
        502 => "BAD_GATEWAY",
        503 => "SERVICE_UNAVAILABLE",
        504 => "GATEWAY_TIMEOUT",
        500..=599 => "INTERNAL_ERROR",
        _ => "ERROR",
    });
    let mut object = Object::new(&[]);
    object.put_text("error", code);
    object.put_text("reason", &error.reason);
    if let Some(guidance) = &error.poll_guidance {
        object.put_text("poll_guidance", guidance);
    }
    object.end()
}
