//! The gateway's public API as it arrives: endpoints, authorization, and requests checked field by
//! field. Only reading; what is answered lives in `answer`, what is decided in `engine`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;

use crate::classify::{self, Class};
use crate::fidelity::{Behaviour, Mark};
use crate::json::Json;

/// The largest request body, in bytes.
pub const BODY_LIMIT: u64 = 256 * 1024;

pub(crate) const BEHAVIOURS: &[Behaviour] = &[
    Behaviour::new("auth.bearer", Mark::Documented, "a missing or unknown bearer token is answered 401"),
    Behaviour::new("health.open", Mark::Assumed, "GET /health needs no token"),
    Behaviour::new(
        "scan.required",
        Mark::Documented,
        "a scan without `method` or `url`, or with bad JSON, is answered 400",
    ),
    Behaviour::new("scan.url", Mark::Documented, "a url must be absolute; its scheme may be anything"),
    Behaviour::new(
        "scan.types",
        Mark::Assumed,
        "a known field of another JSON type is answered 400; unknown fields are ignored",
    ),
    Behaviour::new("scan.strict-json", Mark::Assumed, "a duplicate key or a lone surrogate is bad JSON"),
    Behaviour::new("scan.tool-name", Mark::Assumed, "the tool's name arrives as `tool_name`"),
    Behaviour::new("scan.size", Mark::Documented, "a body over 256 KB is answered 413, naming the size"),
    Behaviour::new("response.fields", Mark::Documented, "`trace_id`, `response_body` and `response_status` are read"),
    Behaviour::new(
        "paths.unknown",
        Mark::Assumed,
        "an unknown path is answered 404, a wrong method 405, both with an error body",
    ),
];

/// A bearer token: visible ASCII, at least one character, no space. Its `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Key(Arc<str>);

/// Why a text is no key. Never shows the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is nothing.
    #[error("the API key is empty; write one such as iv_test_1")]
    Empty,
    /// A character that a bearer token cannot have.
    #[error("character {0} of the API key is a space, a control character or not ASCII; write one such as iv_test_1")]
    Character(usize),
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(token: &str) -> Result<Self, KeyError> {
        if token.is_empty() {
            return Err(KeyError::Empty);
        }
        match token.chars().position(|character| !character.is_ascii_graphic()) {
            None => Ok(Self(token.into())),
            Some(at) => Err(KeyError::Character(at + 1)),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(hidden)")
    }
}

/// What the `Authorization` header was worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authorization {
    /// The accepted token; any token, when none was set.
    Right,
    /// Another token, another scheme, or what is no token.
    Wrong,
    /// No header, or an empty token.
    Missing,
}

/// Reads an `Authorization` header; without an `accepted` key any token will do.
#[must_use]
pub fn authorize(header: Option<&[u8]>, accepted: Option<&Key>) -> (Authorization, Option<Key>) {
    let Some(header) = header.map(<[u8]>::trim_ascii).filter(|header| !header.is_empty()) else {
        return (Authorization::Missing, None);
    };
    let token = match header.split_at_checked(6) {
        Some((scheme, [])) if scheme.eq_ignore_ascii_case(b"bearer") => return (Authorization::Missing, None),
        Some((scheme, [b' ', token @ ..])) if scheme.eq_ignore_ascii_case(b"bearer") => token.trim_ascii_start(),
        _ => return (Authorization::Wrong, None),
    };
    match std::str::from_utf8(token).ok().and_then(|token| Key::from_str(token).ok()) {
        Some(key) if accepted.is_none_or(|accepted| *accepted == key) => (Authorization::Right, Some(key)),
        _ => (Authorization::Wrong, None),
    }
}

/// A request that is answered with an error before any rule sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// What to do about it, for a person.
    pub reason: String,
    /// Whole seconds for the `Retry-After` header.
    pub retry_after: Option<u64>,
    /// The method that the path answers, for the `Allow` header.
    pub allow: Option<&'static str>,
}

impl ApiError {
    pub(crate) fn new(status: u16, reason: impl Into<String>) -> Self {
        Self { status, reason: reason.into(), retry_after: None, allow: None }
    }
}

/// A request that passed every check.
#[derive(Debug, Clone)]
pub struct Request {
    /// The path, without its query.
    pub path: String,
    /// The token that it came with; `/health` needs none.
    pub key: Option<Key>,
    /// What is asked.
    pub call: Call,
}

/// What is asked.
#[derive(Debug, Clone)]
pub enum Call {
    /// `POST /v1/scan`
    Scan(Arc<Scan>),
    /// `POST /v1/scan/response`
    ScanResponse(Arc<ScanResponse>),
    /// `GET /v1/approvals/{id}/status`
    ApprovalStatus(String),
    /// `GET /health`
    Health,
}

/// A tool call that asks for a verdict.
#[derive(Debug)]
pub struct Scan {
    /// The method of the call.
    pub method: String,
    /// Its absolute URL, as written.
    pub url: String,
    /// The tool's name.
    pub tool_name: Option<String>,
    /// The body; absent, `null` and `{}` are three things.
    pub body: Option<Json>,
    /// `agent_id` and `agent_name`.
    pub agent: [Option<String>; 2],
    /// What was found in the URL and the body.
    pub classes: BTreeSet<Class>,
    text: Bytes,
}

impl Scan {
    /// The host in the URL, without user and port.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        match host.strip_prefix('[') {
            Some(address) => address.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or_default(),
        }
    }

    /// The body's own bytes.
    #[must_use]
    pub fn raw_body(&self) -> Option<&str> {
        Json::raw_member(std::str::from_utf8(&self.text).ok()?, "body")
    }

    /// Whether both have the same arguments, in the sense of an approval: number text as written,
    /// key order free, the rest to the letter.
    #[must_use]
    pub fn same_arguments(&self, other: &Self) -> bool {
        self.url == other.url
            && self.method == other.method
            && self.tool_name == other.tool_name
            && self.agent == other.agent
            && self.body == other.body
    }
}

/// What an upstream answered, handed in for the record.
#[derive(Debug)]
pub struct ScanResponse {
    /// The scan that allowed the call.
    pub trace_id: String,
    /// What the upstream answered.
    pub response_body: Json,
    /// What was found in it.
    pub classes: BTreeSet<Class>,
}

impl Request {
    /// The body that a rule may look into.
    #[must_use]
    pub fn body(&self) -> Option<&Json> {
        match &self.call {
            Call::Scan(scan) => scan.body.as_ref(),
            Call::ScanResponse(response) => Some(&response.response_body),
            Call::ApprovalStatus(_) | Call::Health => None,
        }
    }

    /// What was found in the request.
    #[must_use]
    pub fn classes(&self) -> &BTreeSet<Class> {
        static NONE: BTreeSet<Class> = BTreeSet::new();
        match &self.call {
            Call::Scan(scan) => &scan.classes,
            Call::ScanResponse(response) => &response.classes,
            Call::ApprovalStatus(_) | Call::Health => &NONE,
        }
    }

    /// Checks a request: its path, its token, its size, its fields, in this order.
    ///
    /// `length` is the size of the whole body, of which `body` may be only the beginning when it
    /// is over the limit.
    ///
    /// # Errors
    /// The error to answer with, naming the field or the size.
    pub fn read(method: &str, target: &str, key: Option<Key>, body: &Bytes, length: u64) -> Result<Self, ApiError> {
        let path = target.split('?').next().unwrap_or(target);
        let segments: Vec<_> = path.split('/').collect();
        let (allowed, approval) = match segments[..] {
            ["", "v1", "scan"] | ["", "v1", "scan", "response"] => ("POST", None),
            ["", "v1", "approvals", id, "status"] if !id.is_empty() => ("GET", Some(id)),
            ["", "health"] => ("GET", None),
            _ => return Err(ApiError::new(404, format!("there is no path {path} here"))),
        };
        if method != allowed {
            let reason = format!("{path} answers {allowed}, not {method}");
            return Err(ApiError { allow: Some(allowed), ..ApiError::new(405, reason) });
        }
        let health = path == "/health";
        if key.is_none() && !health {
            return Err(ApiError::new(401, "the bearer token is missing or unknown"));
        }
        if length > BODY_LIMIT {
            let reason = format!("the request body has {length} bytes; the limit is {BODY_LIMIT} bytes");
            return Err(ApiError::new(413, reason));
        }
        let call = match (approval, path) {
            (Some(id), _) => Call::ApprovalStatus(id.to_owned()),
            (None, "/v1/scan") => Call::Scan(Arc::new(read_scan(body)?)),
            (None, "/v1/scan/response") => Call::ScanResponse(Arc::new(read_response(body)?)),
            (None, _) => Call::Health,
        };
        Ok(Self { path: path.to_owned(), key, call })
    }
}

fn read_scan(text: &Bytes) -> Result<Scan, ApiError> {
    let mut fields = Fields::read(text)?;
    let method = fields.required_text("method")?;
    let url = fields.required_text("url")?;
    if !is_absolute(&url) {
        return Err(invalid("url", "must be absolute, such as https://host/path or mcp://server/tool"));
    }
    let tool_name = fields.text("tool_name")?;
    let agent = [fields.text("agent_id")?, fields.text("agent_name")?];
    fields.text("runtime_type")?;
    if let Some(headers) = fields.take("headers")
        && headers.as_object().is_none()
    {
        return Err(invalid("headers", &format!("must be an object, not {}", headers.kind())));
    }
    let body = fields.take("body");
    let mut classes = classify::text(&url);
    if let Some(body) = &body {
        classify::json(body, &mut classes);
    }
    Ok(Scan { method, url, tool_name, body, agent, classes, text: text.clone() })
}

fn read_response(text: &Bytes) -> Result<ScanResponse, ApiError> {
    let mut fields = Fields::read(text)?;
    let trace_id = fields.required_text("trace_id")?;
    let response_body = fields.take("response_body").ok_or_else(|| invalid("response_body", "is missing"))?;
    if !matches!(response_body, Json::String(_) | Json::Object(_) | Json::Array(_)) {
        let problem = format!("must be a string, an object or an array, not {}", response_body.kind());
        return Err(invalid("response_body", &problem));
    }
    match fields.take("response_status") {
        None | Some(Json::Number(_)) => {}
        Some(other) => return Err(invalid("response_status", &format!("must be a number, not {}", other.kind()))),
    }
    let mut classes = BTreeSet::new();
    classify::json(&response_body, &mut classes);
    Ok(ScanResponse { trace_id, response_body, classes })
}

fn is_absolute(url: &str) -> bool {
    url.split_once("://").is_some_and(|(scheme, rest)| {
        let mut letters = scheme.bytes();
        letters.next().is_some_and(|first| first.is_ascii_alphabetic())
            && letters.all(|letter| letter.is_ascii_alphanumeric() || b"+-.".contains(&letter))
            && !rest.is_empty()
    })
}

fn invalid(field: &str, problem: &str) -> ApiError {
    ApiError::new(400, format!("`{field}` {problem}"))
}

/// The members of a request's object, taken out one by one.
struct Fields(Vec<(String, Json)>);

impl Fields {
    fn read(text: &[u8]) -> Result<Self, ApiError> {
        match Json::parse(text) {
            Ok(Json::Object(members)) => Ok(Self(members)),
            Ok(other) => Err(ApiError::new(400, format!("the body must be a JSON object, not {}", other.kind()))),
            Err(error) => Err(ApiError::new(400, format!("the body is not JSON: {error}"))),
        }
    }

    fn take(&mut self, name: &str) -> Option<Json> {
        let at = self.0.iter().position(|(key, _)| key == name)?;
        Some(self.0.swap_remove(at).1)
    }

    /// A text that may be left out; `null` leaves it out too.
    fn text(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        match self.take(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            Some(other) => Err(invalid(name, &format!("must be a string, not {}", other.kind()))),
        }
    }

    fn required_text(&mut self, name: &str) -> Result<String, ApiError> {
        match self.text(name)? {
            None => Err(invalid(name, "is missing")),
            Some(text) if text.is_empty() => Err(invalid(name, "is empty")),
            Some(text) => Ok(text),
        }
    }
}

#[cfg(test)]
mod tests;
