//! The gateway's public API as it arrives: what is asked and how it is checked; paths are in `route`,
//! tokens in `key`, bodies in `read`. Only reading; what is answered lives in `answer`, what is decided in `engine`.

mod key;
mod read;
mod route;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::classify::Class;
use crate::correlate::Content;
use crate::fidelity::{Behaviour, Mark};
use crate::json::Json;

pub use key::{Authorization, Key, KeyError, authorize};
pub use route::Route;

/// The largest request body, in bytes.
pub const BODY_LIMIT: u64 = 256 * 1024;

pub(crate) const BEHAVIOURS: &[Behaviour] = &[
    Behaviour::new("auth.bearer", Mark::Documented, "a missing or unknown bearer token is answered 401"),
    Behaviour::new("health.open", Mark::Observed, "GET /health needs no token"),
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
    Behaviour::new(
        "keys.fields",
        Mark::Documented,
        "`ttl_seconds` is 1 to 86400, `max_uses` 1 to 1000, `scope` has `tools` and `verbs`",
    ),
    Behaviour::new("keys.required", Mark::Assumed, "only `ttl_seconds` is required for a short-lived key"),
    Behaviour::new("response.fields", Mark::Documented, "`trace_id`, `response_body` and `response_status` are read"),
    Behaviour::new(
        "paths.unknown",
        Mark::Assumed,
        "an unknown path is answered 404, a wrong method 405, both with an error body",
    ),
];

/// A request that is answered with an error before any rule sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// What to do about it, for a person.
    pub reason: String,
    /// The code in the body, where it does not follow from the status.
    pub code: Option<&'static str>,
    /// How to poll, where that was the mistake.
    pub poll_guidance: Option<String>,
    /// Whole seconds for the `Retry-After` header.
    pub retry_after: Option<u64>,
    /// The method that the path answers, for the `Allow` header.
    pub allow: Option<&'static str>,
}

impl ApiError {
    pub(crate) fn new(status: u16, reason: impl Into<String>) -> Self {
        Self { status, reason: reason.into(), code: None, poll_guidance: None, retry_after: None, allow: None }
    }

    pub(crate) fn unknown_path(path: &str) -> Self {
        Self::new(404, format!("there is no path {path} here"))
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
    /// `GET /v1/usage`
    Usage,
    /// `POST /v1/keys/ephemeral`
    NewKey(KeyWish),
    /// `GET /health`
    Health,
}

/// What is asked of a short-lived key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyWish {
    /// How long it shall serve.
    pub ttl: Duration,
    /// How many scans it shall serve, if that is limited.
    pub max_uses: Option<u64>,
    /// What it shall serve for.
    pub scope: Scope,
}

/// What a short-lived key serves for. A list left out admits everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// The tools.
    pub tools: Option<Vec<String>>,
    /// The methods of the calls.
    pub verbs: Option<Vec<String>>,
}

impl Scope {
    /// Whether a scan stays within it.
    #[must_use]
    pub fn admits(&self, scan: &Scan) -> bool {
        let within = |list: &Option<Vec<String>>, name: Option<&str>| {
            list.as_ref().is_none_or(|list| name.is_some_and(|name| list.iter().any(|one| one == name)))
        };
        within(&self.tools, scan.tool_name.as_deref()) && within(&self.verbs, Some(&scan.method))
    }
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
    /// The headers of the call, in the order written.
    pub headers: Vec<(String, String)>,
    /// The body; absent, `null` and `{}` are three things.
    pub body: Option<Json>,
    /// `agent_id` and `agent_name`.
    pub agent: [Option<String>; 2],
    /// What was found in the URL and the body.
    pub classes: BTreeSet<Class>,
    raw: Option<Bytes>,
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
        self.raw.as_deref().map(read::utf8)
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
    /// What a later write is compared with.
    pub content: Content,
    raw: Bytes,
}

impl ScanResponse {
    /// The own bytes of what the upstream answered.
    #[must_use]
    pub fn raw_body(&self) -> &str {
        read::utf8(&self.raw)
    }
}

impl Request {
    /// The body that a rule may look into.
    #[must_use]
    pub fn body(&self) -> Option<&Json> {
        match &self.call {
            Call::Scan(scan) => scan.body.as_ref(),
            Call::ScanResponse(response) => Some(&response.response_body),
            Call::ApprovalStatus(_) | Call::Usage | Call::NewKey(_) | Call::Health => None,
        }
    }

    /// What was found in the request.
    #[must_use]
    pub fn classes(&self) -> &BTreeSet<Class> {
        static NONE: BTreeSet<Class> = BTreeSet::new();
        match &self.call {
            Call::Scan(scan) => &scan.classes,
            Call::ScanResponse(response) => &response.classes,
            Call::ApprovalStatus(_) | Call::Usage | Call::NewKey(_) | Call::Health => &NONE,
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
        let (route, id) = Route::of(path).ok_or_else(|| ApiError::unknown_path(path))?;
        let allowed = route.method();
        if method != allowed {
            let reason = format!("{path} answers {allowed}, not {method}");
            return Err(ApiError { allow: Some(allowed), ..ApiError::new(405, reason) });
        }
        if key.is_none() && route != Route::Health {
            return Err(ApiError::new(401, "the bearer token is missing or unknown"));
        }
        if length > BODY_LIMIT {
            let reason = format!("the request body has {length} bytes; the limit is {BODY_LIMIT} bytes");
            return Err(ApiError::new(413, reason));
        }
        let call = match route {
            Route::Scan => Call::Scan(Arc::new(read::scan(body)?)),
            Route::ScanResponse => Call::ScanResponse(Arc::new(read::response(body)?)),
            Route::ApprovalStatus => Call::ApprovalStatus(id.to_owned()),
            Route::Usage => Call::Usage,
            Route::NewKey => Call::NewKey(read::key_wish(body)?),
            Route::Health => Call::Health,
        };
        Ok(Self { path: path.to_owned(), key, call })
    }
}

#[cfg(test)]
mod tests;
