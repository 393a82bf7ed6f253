//! What goes back on the wire: the documented answers, built from what was decided. Pure; no rule
//! and no clock is asked here.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use crate::api::{ApiError, Scan, ScanResponse};
use crate::approval::{Approval, Status};
use crate::classify::Class;
use crate::fidelity::{Behaviour, Mark};
use crate::json::{Json, Quoted};
use crate::redact;
use crate::scenario::{Reply, Verb};

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
    Behaviour::new("scan.signals", Mark::Assumed, "one signal per class found, of the engine `classifier`"),
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
        "the fingerprint is SHA-256 of the content with keys sorted and no white space",
    ),
    Behaviour::new(
        "approval.answer",
        Mark::Documented,
        "approval_id, status, decision, decided_at, expires_at, remaining_seconds, poll_guidance and retry_guidance are answered",
    ),
    Behaviour::new(
        "approval.decision",
        Mark::Assumed,
        "an approval's decision is ALLOW, DENY or null; both guidances are sentences",
    ),
    Behaviour::new("errors.status", Mark::Documented, "400, 401, 413, 429 with Retry-After, and 5xx"),
    Behaviour::new("errors.shape", Mark::Assumed, "an error's body has `error`, a code, and `reason`, a sentence"),
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
    /// Whole seconds for the `Retry-After` header.
    pub retry_after: Option<u64>,
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
    /// Where an approval stands.
    Approval(Approval),
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
}

impl Say {
    /// The answer; `None` when there is none to give, ever.
    #[must_use]
    pub fn answer(&self) -> Option<Answer> {
        let (status, retry_after, body) = match self {
            Self::Verdict(scan, verdict) => (200, None, scan_body(scan, verdict)),
            Self::Recorded(response) => (200, None, response_body(response)),
            Self::Approval(approval) => (200, None, approval_body(approval)),
            Self::Healthy => (200, None, r#"{"status":"ok"}"#.to_owned()),
            Self::Error(error) => (error.status, error.retry_after, error_body(error.status, &error.reason)),
            Self::Scripted(reply) => match reply.verb() {
                Verb::Json(status, text) => (status, retry_seconds(reply), text.to_owned()),
                Verb::Status(status) => {
                    (status, retry_seconds(reply), error_body(status, "the scenario answers with this status"))
                }
                Verb::Decision(_) | Verb::Hang => return None,
            },
        };
        let allow = if let Self::Error(error) = self { error.allow } else { None };
        Some(Answer { status, retry_after, allow, body: body.into() })
    }
}

fn retry_seconds(reply: &Reply) -> Option<u64> {
    reply.retry_after.map(|wait| wait.get().as_secs())
}

/// An object written member by member, less the fields that shall be left out.
struct Object<'a> {
    text: String,
    omit: &'a [String],
}

impl<'a> Object<'a> {
    fn new(omit: &'a [String]) -> Self {
        Self { text: String::with_capacity(512), omit }
    }

    fn put(&mut self, name: &str, value: impl std::fmt::Display) {
        if !self.omit.iter().any(|omitted| omitted == name) {
            self.text.push(if self.text.is_empty() { '{' } else { ',' });
            write!(self.text, "{}:{value}", Quoted(name)).expect("a String takes every text");
        }
    }

    fn put_text(&mut self, name: &str, text: &str) {
        self.put(name, Quoted(text));
    }

    fn end(mut self) -> String {
        self.text.push_str(if self.text.is_empty() { "{}" } else { "}" });
        self.text
    }
}

fn list<'a>(items: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<_> = items.map(|item| Quoted(item).to_string()).collect();
    format!("[{}]", quoted.join(","))
}

fn risk(decision: &str) -> (f64, &'static str) {
    match decision {
        "ALLOW" => (0.05, "LOW"),
        "SANITIZE" => (0.45, "MEDIUM"),
        "REQUIRE_APPROVAL" => (0.7, "HIGH"),
        "DENY" => (0.95, "CRITICAL"),
        _ => (0.5, "MEDIUM"),
    }
}

fn operation(method: &str) -> &'static str {
    match method {
        "GET" | "HEAD" | "OPTIONS" => "read",
        "DELETE" => "delete",
        _ => "write",
    }
}

fn scan_body(scan: &Scan, verdict: &Verdict) -> String {
    let reply = &*verdict.reply;
    let decision = reply.decision.as_deref().unwrap_or_default();
    let (score, band) = risk(decision);
    let mut object = Object::new(&reply.omit);
    object.put_text("decision", decision);
    object.put("risk_score", reply.risk_score.unwrap_or(score));
    object.put_text("risk_band", reply.risk_band.as_deref().unwrap_or(band));
    object.put("reason_codes", list(reply.reason_codes.iter().map(String::as_str)));
    object.put_text("trace_id", reply.trace_id.as_deref().unwrap_or(&verdict.trace_id));
    if let Some(tool_name) = &scan.tool_name {
        object.put_text("tool_name", tool_name);
    }
    object.put_text("operation", operation(&scan.method));
    object.put("classifications", list(scan.classes.iter().map(|class| class.name())));
    object.put("signals", signals(scan));
    if let Some(body) = sanitized(scan, reply) {
        object.put("sanitized_body", body);
    }
    let (id, url) = verdict.approval.as_ref().map_or((None, None), |(id, url)| (Some(id), Some(url)));
    if let Some(id) = reply.approval_id.as_ref().or(id) {
        object.put_text("approval_id", id);
    }
    if let Some(url) = reply.approval_url.as_ref().or(url) {
        object.put_text("approval_url", url);
    }
    for (name, value) in &reply.extra {
        object.put(name, Json::from(value));
    }
    object.end()
}

fn signals(scan: &Scan) -> String {
    let signals: Vec<_> = scan
        .classes
        .iter()
        .map(|class| {
            let (score, details) = match class {
                Class::Secrets => (0.95, "a credential by its form"),
                Class::Pii => (0.6, "personal data by its form"),
            };
            format!(r#"{{"engine":"classifier","score":{score},"details":"{details}"}}"#)
        })
        .collect();
    format!("[{}]", signals.join(","))
}

fn sanitized(scan: &Scan, reply: &Reply) -> Option<String> {
    if let Some(value) = &reply.sanitized_body {
        return Some(Json::from(value).to_string());
    }
    if let Some(text) = &reply.sanitized_body_json {
        return Some(text.trim().to_owned());
    }
    reply.sanitize.map(|_redact| scan.raw_body().map_or_else(|| "{}".to_owned(), |body| redact::json(body).text))
}

fn response_body(response: &ScanResponse) -> String {
    let text = response.response_body.canonical();
    let digest = Sha256::digest(text.as_bytes());
    let mut fingerprint = String::from("sha256:");
    for byte in digest {
        write!(fingerprint, "{byte:02x}").expect("a String takes every text");
    }
    let mut object = Object::new(&[]);
    object.put("data_classes", list(response.classes.iter().map(|class| class.name())));
    object.put("fields_redacted_count", redact::json(&text).fields);
    object.put_text("content_fingerprint", &fingerprint);
    object.end()
}

fn approval_body(approval: &Approval) -> String {
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
    object.put_text("poll_guidance", "poll at most once every 2 seconds");
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

fn error_body(status: u16, reason: &str) -> String {
    let code = match status {
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
    };
    format!(r#"{{"error":"{code}","reason":{}}}"#, Quoted(reason))
}
