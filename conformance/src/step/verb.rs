//! What can happen in a step, one type for each verb. Never what must be seen of it.

use mock_gateway::scenario::Period;
use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::CallText;
use super::{Raw, Series, Step, present};
use crate::exact::Exact;

/// What happens in a step.
#[derive(Debug, Clone)]
pub enum Verb {
    /// A `tools/call` of the scan tool, with these arguments.
    Scan(Exact),
    /// A `tools/call` of the response scan tool, with these arguments.
    ScanResponse(Exact),
    /// A `tools/call` of any tool.
    Call(Call),
    /// Any request.
    Request(Request),
    /// Any notification.
    Notify(Notify),
    /// Bytes of one's own making.
    Raw(Raw),
    /// Every inner step's message in one JSON-RPC batch.
    Batch(Vec<Step>),
    /// A session is opened, as the play's version has it.
    Open,
    /// The guard is ended as a client ends it, and started again.
    Restart,
    /// Nothing happens until a party has been reached.
    Await(Await),
    /// The client's side of stdin.
    Stdin(Stdin),
    /// The client's side of stdout.
    Stdout(Stdout),
    /// A signal to the guard's process.
    Signal(Signal),
    /// What the analyst decides about the oldest pending approval.
    Analyst(Analyst),
    /// The gateway's time moves on.
    Advance(Period),
    /// Every inner step is sent before any answer is awaited.
    Concurrently(Vec<Step>),
    /// A scan or a call many times, a few of them at once.
    InTurn(Series),
    /// It is looked what the guard's process uses.
    Measure(Measure),
    /// The guard's process is awaited.
    Exit(Exit),
    /// Only the gateway changes.
    Set,
}

impl Verb {
    /// Whether this step asks the guard for a verdict.
    #[must_use]
    pub const fn is_scan(&self) -> bool {
        matches!(self, Self::Scan(_) | Self::ScanResponse(_))
    }

    /// Whether this step is a request that must be answered.
    #[must_use]
    pub const fn awaits_answer(&self) -> bool {
        match self {
            Self::Scan(_) | Self::ScanResponse(_) | Self::Call(_) | Self::Request(_) | Self::Open => true,
            Self::Raw(raw) => raw.id.is_some(),
            _ => false,
        }
    }

    /// Whether this step is one message, which a batch can hold.
    pub(super) const fn is_message(&self) -> bool {
        matches!(self, Self::Scan(_) | Self::ScanResponse(_) | Self::Call(_) | Self::Request(_) | Self::Notify(_))
    }
}

/// A call of any tool.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(try_from = "CallText")]
#[schemars(with = "CallText")]
pub struct Call {
    /// The tool's name, sent as it is.
    pub tool: String,
    /// The arguments; left out of the call when absent.
    pub arguments: Option<Exact>,
}

/// Any request.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The JSON-RPC method.
    pub method: String,
    /// The parameters; left out when absent.
    #[serde(default, deserialize_with = "present")]
    pub params: Option<serde_json::Value>,
    /// An id of one's own choice; else the client counts.
    #[serde(default, deserialize_with = "present")]
    pub id: Option<serde_json::Value>,
}

/// Any notification.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// The JSON-RPC method.
    pub method: String,
    /// The parameters; left out when absent.
    #[serde(default, deserialize_with = "present")]
    pub params: Option<serde_json::Value>,
}

/// What is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Open {
    /// A session of the play's version.
    Session,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Measure {
    /// The guard's process, and those that it started.
    Guard,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Await {
    /// A request to the gateway, since the outermost step began.
    Gateway,
    /// A call that reached the server behind a proxy, since the outermost step began.
    Upstream,
}

/// What is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Restart {
    /// The guard: its stdin is closed, its end awaited, and a new process opens a session.
    Guard,
}

/// What the client does with its side of stdin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stdin {
    /// No more input.
    Close,
}

/// What the client does with its side of stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stdout {
    /// Nobody reads any more; stdin stays as it is.
    Close,
}

/// A signal to the guard's process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Signal {
    /// A polite request to end.
    Term,
    /// What Ctrl-C sends.
    Int,
    /// What no process can do anything about.
    Kill,
}

/// What the analyst decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Analyst {
    /// Opens a grant window.
    Approve,
    /// Opens a deny window.
    Deny,
}

/// How the guard's process must end.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exit {
    /// With success or with an error.
    pub status: ExitStatus,
    /// Which exit code it must be.
    #[serde(default)]
    pub code: Option<i32>,
    /// A word that stderr must contain, such as the variable that is wrong.
    #[serde(default)]
    pub stderr_names: Option<String>,
    /// No process of the guard may be left, the server that it fronts included.
    #[serde(default)]
    pub leaves_nothing: bool,
}

/// With what status the guard's process must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExitStatus {
    /// Exit code 0.
    Zero,
    /// Any other exit code, not a signal.
    Nonzero,
    /// Any end.
    Any,
}
