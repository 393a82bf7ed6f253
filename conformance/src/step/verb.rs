//! What can happen in a step, one type for each verb. Never what must be seen of it.

use mock_gateway::scenario::Period;
use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::CallText;
use super::{Step, present};
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
    /// A signal to the guard's process.
    Signal(Signal),
    /// What the analyst decides about the oldest pending approval.
    Analyst(Analyst),
    /// The gateway's time moves on.
    Advance(Period),
    /// Every inner step is sent before any answer is awaited.
    Concurrently(Vec<Step>),
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

/// Bytes of one's own making. `{meta}` stands for the `_meta` member of the play's version, with a
/// comma behind it, `{scan}` for the name of the scan tool, `{hex:ff}` for bytes, `{lists:9}` for lists in lists.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(try_from = "RawText")]
#[schemars(with = "RawText")]
pub struct Raw {
    /// What is sent, line feeds included.
    pub text: String,
    /// The id under which it must be answered; none when no answer is awaited.
    pub id: Option<serde_json::Value>,
}

/// Bytes as written: `{meta}` stands for the `_meta` member of the play's version, with a comma behind it,
/// `{scan}` for the name of the scan tool, `{hex:ff}` for bytes, `{lists:9}` for lists in lists.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Raw")]
struct RawText {
    /// This text and a line feed.
    line: Option<String>,
    /// Exactly this text.
    text: Option<String>,
    /// The id under which this must be answered; where the guard could not read it, an error without id will do.
    #[serde(deserialize_with = "present")]
    id: Option<serde_json::Value>,
}

impl TryFrom<RawText> for Raw {
    type Error = String;

    fn try_from(raw: RawText) -> Result<Self, String> {
        let text = match (raw.line, raw.text) {
            (Some(line), None) => line + "\n",
            (None, Some(text)) => text,
            _ => return Err("`raw` has a `line` or a `text`, one of them".into()),
        };
        let raw = Self { text, id: raw.id };
        raw.bytes("", "").map(|_| raw)
    }
}

impl Raw {
    /// The bytes to send.
    ///
    /// # Errors
    /// Where `{hex:…}` holds something other than pairs of hexadecimal digits, or `{lists:…}` no number.
    pub fn bytes(&self, meta: &str, scan: &str) -> Result<Vec<u8>, String> {
        let text = self.text.replace("{meta}", meta).replace("{scan}", scan);
        let mut bytes = Vec::new();
        let mut rest = text.as_str();
        while let Some(start) = rest.find("{hex:").into_iter().chain(rest.find("{lists:")).min() {
            let (before, placeholder) = rest.split_at(start);
            let (placeholder, after) = placeholder.split_once('}').ok_or("a `{hex:` or `{lists:` is not closed")?;
            bytes.extend_from_slice(before.as_bytes());
            match placeholder.strip_prefix("{lists:") {
                Some(depth) => bytes.extend(lists(depth)?),
                None => bytes.extend(hexadecimal(placeholder.trim_start_matches("{hex:"))?),
            }
            rest = after;
        }
        bytes.extend_from_slice(rest.as_bytes());
        Ok(bytes)
    }
}

/// Lists in lists, so many of them.
fn lists(depth: &str) -> Result<Vec<u8>, String> {
    let depth: usize = depth.parse().map_err(|_| format!("`{depth}` is no number of lists"))?;
    Ok([b"[".repeat(depth), b"]".repeat(depth)].concat())
}

/// Bytes written as pairs of hexadecimal digits.
fn hexadecimal(text: &str) -> Result<Vec<u8>, String> {
    let digit =
        |character: char| character.to_digit(16).ok_or_else(|| format!("`{character}` is no hexadecimal digit"));
    let digits: Vec<u32> = text.chars().map(digit).collect::<Result<_, _>>()?;
    if digits.len() % 2 == 1 {
        return Err(format!("`{text}` is an odd number of hexadecimal digits"));
    }
    Ok(digits.chunks(2).filter_map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect())
}

/// What is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Open {
    /// A session of the play's version.
    Session,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_of_raw_text_are_filled_in() {
        let raw = Raw { text: "{hex:efbbbf}{\"params\":{{meta}\"name\":\"{scan}\"}}\n".into(), id: None };
        assert_eq!(raw.bytes("\"m\":1,", "s").unwrap(), b"\xef\xbb\xbf{\"params\":{\"m\":1,\"name\":\"s\"}}\n");
        let wrong = |text: &str| Raw { text: text.into(), id: None }.bytes("", "").unwrap_err();
        assert!(wrong("{hex:abc}").contains("odd number"));
        assert!(wrong("{hex:zz}").contains("`z` is no hexadecimal digit"));
        assert!(wrong("{hex:ff").contains("not closed"));
        assert_eq!(Raw { text: "a{lists:2}b".into(), id: None }.bytes("", "").unwrap(), b"a[[]]b");
        assert!(wrong("{lists:many}").contains("no number of lists"));
    }
}
