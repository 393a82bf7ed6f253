//! What each party must see of a step, as a case writes it. Never how that is judged.

use std::collections::BTreeMap;

use mock_gateway::scenario::Period;
use schemars::JsonSchema;
use serde::Deserialize;

/// What the client must see.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    /// The verdict's decision; `none` for a scan that failed.
    pub decision: Option<Decision>,
    /// A guard that cannot carry the arguments unaltered may refuse the call in place of a decision.
    pub may_refuse: bool,
    /// The reason codes, all of them, in any order.
    pub reason_codes: Option<Vec<String>>,
    /// Members that the verdict must have, with the gateway's value where the gateway gave one; a name that starts with `/` is a JSON pointer into the result.
    pub has: Vec<String>,
    /// Members that the verdict must not have.
    pub lacks: Vec<String>,
    /// `as_sent`: the value, digits included, that the gateway sent.
    pub sanitized_body: Option<AsSent>,
    /// The result's `isError`; absent counts as false.
    pub is_error: Option<bool>,
    /// Where the verdict must be readable.
    pub readable_as: Vec<Form>,
    /// The request must be refused with this JSON-RPC error code.
    pub error: Option<i64>,
    /// What the error's `data` must hold; read like `result`.
    pub error_data: Option<serde_json::Value>,
    /// The call must have been denied, in a form that the guard declares.
    pub denied: bool,
    /// What the answer to a denied call must tell its reader, anywhere in it.
    pub names: Vec<String>,
    /// The request must not be served: an error, or a result with `isError` and without a verdict.
    pub refused: bool,
    /// No answer may ever come, because the call was cancelled.
    pub unanswered: bool,
    /// What the result must hold: of an object the members that are named, of a list the items, in any order. `{version}` stands for the play's version, `{newest}` for the newest that opens with a handshake, of those the guard declares.
    pub result: Option<serde_json::Value>,
    /// The step whose list this one must give again, the same items in the same order.
    pub repeats: Option<usize>,
    /// Within `concurrently`: answered before all others that were asked before.
    pub first: bool,
    /// No answer may come sooner than this after the request; for plays that wait for the real 30 s.
    pub not_before: Option<Period>,
    /// The answer must have come by then.
    pub not_after: Option<Period>,
    /// The tools that `tools/list` must offer, each with a schema naming its arguments.
    pub tools: Vec<ToolRole>,
    /// The resource that must be readable, with text in it.
    pub resource: Option<String>,
}

/// A decision that a case can expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Decision {
    /// The call may run as planned.
    #[serde(rename = "ALLOW")]
    Allow,
    /// The call may run with the sanitized body.
    #[serde(rename = "SANITIZE")]
    Sanitize,
    /// The call must not run.
    #[serde(rename = "DENY")]
    Deny,
    /// The call waits for an analyst.
    #[serde(rename = "REQUIRE_APPROVAL")]
    RequireApproval,
    /// The scan failed: an error, and no decision.
    #[serde(rename = "none")]
    None,
}

impl Decision {
    /// The word on the wire; `none` for a failed scan.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allow => "ALLOW",
            Self::Sanitize => "SANITIZE",
            Self::Deny => "DENY",
            Self::RequireApproval => "REQUIRE_APPROVAL",
            Self::None => "none",
        }
    }
}

/// Unchanged from what the gateway sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AsSent {
    /// The same value, the same digits.
    AsSent,
}

/// A form of a tool result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// `structuredContent`, for programs.
    Structure,
    /// JSON in a text block, for models and older clients.
    Text,
}

/// A tool of the contract; the manifest says what the guard calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToolRole {
    /// `interven_scan` by default.
    Scan,
    /// `interven_scan_response` by default.
    ScanResponse,
}

impl ToolRole {
    /// The arguments that the tool's input schema must name.
    #[must_use]
    pub const fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Scan => &["tool_name", "url", "method", "body"],
            Self::ScanResponse => &["trace_id", "response_body"],
        }
    }
}

/// What the gateway must see during a step.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GatewaySaw {
    /// Exactly this many requests.
    pub requests: Option<usize>,
    /// This many requests at the least; 1 for a scan, unless the gateway refuses connections.
    pub at_least: Option<usize>,
    /// This many requests at the most.
    pub at_most: Option<usize>,
    /// Fields that must have arrived as the client sent them, absent ones absent.
    pub same: Vec<Field>,
    /// The path of every request.
    pub path: Option<String>,
    /// The url that every scan of a proxied call names; one `*` stands for anything.
    pub url: Option<String>,
    /// Texts that must not stand in any header, nor in the path, of a request.
    pub headers_lack: Vec<String>,
    /// There is a request, and none is kept open to its end: the guard hangs up.
    pub abandoned: bool,
}

/// A field that a guard carries from its client to the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the wire's own")]
pub enum Field {
    ToolName,
    Method,
    Url,
    Body,
    TraceId,
    ResponseBody,
    ResponseStatus,
    /// The bearer token: the key that the guard was configured with.
    Key,
}

impl Field {
    /// The member's name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ToolName => "tool_name",
            Self::Method => "method",
            Self::Url => "url",
            Self::Body => "body",
            Self::TraceId => "trace_id",
            Self::ResponseBody => "response_body",
            Self::ResponseStatus => "response_status",
            Self::Key => "authorization",
        }
    }
}

/// What the server behind a proxy must see during a step.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpstreamSaw {
    /// Exactly this many calls; of an inner step, calls of its tool with its arguments. 0: later neither.
    pub calls: Option<usize>,
    /// The arguments of each call.
    pub arguments: Option<ArgumentsAs>,
    /// Messages that arrived, by their method.
    pub methods: Vec<String>,
    /// Variables in its environment.
    pub environment: BTreeMap<String, String>,
}

/// What arguments must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArgumentsAs {
    /// Those that the client sent, digits included.
    Sent,
    /// Those that the gateway put in their place.
    Sanitized,
}

/// What the guard's process must show.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProcessSaw {
    /// By how much it may have grown since it was last measured.
    pub growth: Option<Growth>,
}

/// By how much a guard may have grown.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Growth {
    /// Resident memory, in MB (2^20 bytes).
    pub memory_mb: u64,
    /// Room for open files and connections, which systems double when it is full.
    pub descriptors: u64,
    /// Threads.
    pub threads: u64,
}
