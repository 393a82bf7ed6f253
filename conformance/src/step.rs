//! The steps of a play as a case file writes them: one verb each, what the gateway does from here
//! on, and what each party must see. Never how a step is carried out.

mod arguments;
mod expect;

use mock_gateway::scenario::{OneOrMany, Period, Reply};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

pub use expect::{AsSent, Decision, Expect, Field, Form, GatewaySaw, ToolRole};

use crate::exact::Exact;
use arguments::{Scan, ScanResponse};

/// One step, checked: exactly one verb.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(try_from = "StepText")]
#[schemars(with = "StepText")]
pub struct Step {
    /// What the gateway answers from this step on, until replaced.
    pub gateway: Option<Vec<Reply>>,
    /// Whether the gateway can be connected to, from this step on.
    pub listener: Option<Listener>,
    /// What happens.
    pub verb: Verb,
    /// What the client must see.
    pub expect: Option<Expect>,
    /// What the gateway must see during this step.
    pub gateway_saw: Option<GatewaySaw>,
}

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
        matches!(self, Self::Scan(_) | Self::ScanResponse(_) | Self::Call(_) | Self::Request(_))
    }
}

/// A step as written.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Step")]
struct StepText {
    /// What the gateway answers from this step on, until replaced: one reply, or an ordered list of which the last repeats.
    #[schemars(with = "Option<OneOrMany<Reply>>")]
    gateway: Option<OneOrMany<Reply>>,
    /// `refuse`: from this step on nobody can connect to the gateway; `accept`: they can again.
    listener: Option<Listener>,
    /// Calls the scan tool with these arguments.
    scan: Option<Scan>,
    /// Calls the response scan tool with these arguments.
    scan_response: Option<ScanResponse>,
    /// Calls any tool.
    call: Option<Call>,
    /// Sends any request.
    request: Option<Request>,
    /// Sends any notification.
    notify: Option<Notify>,
    /// Sends bytes of one's own making.
    raw: Option<Raw>,
    /// `close`: no more input.
    stdin: Option<Stdin>,
    /// Sends a signal to the guard's process.
    signal: Option<Signal>,
    /// The analyst decides the oldest pending approval.
    analyst: Option<Analyst>,
    /// The gateway's time moves on by this much.
    advance: Option<Period>,
    /// Sends every inner step before awaiting any answer.
    concurrently: Option<Vec<Step>>,
    /// Awaits the end of the guard's process.
    exit: Option<Exit>,
    /// What the client must see.
    expect: Option<Expect>,
    /// What the gateway must see during this step.
    gateway_saw: Option<GatewaySaw>,
}

impl TryFrom<StepText> for Step {
    type Error = String;

    fn try_from(text: StepText) -> Result<Self, String> {
        let verbs = [
            text.scan.map(|scan| scan.arguments().map(Verb::Scan)).transpose()?,
            text.scan_response.map(|scan| scan.arguments().map(Verb::ScanResponse)).transpose()?,
            text.call.map(Verb::Call),
            text.request.map(Verb::Request),
            text.notify.map(Verb::Notify),
            text.raw.map(Verb::Raw),
            text.stdin.map(Verb::Stdin),
            text.signal.map(Verb::Signal),
            text.analyst.map(Verb::Analyst),
            text.advance.map(Verb::Advance),
            text.concurrently.map(Verb::Concurrently),
            text.exit.map(Verb::Exit),
        ];
        let mut verbs = verbs.into_iter().flatten();
        let verb = match (verbs.next(), verbs.next()) {
            (Some(verb), None) => verb,
            (Some(_), Some(_)) => return Err("a step has exactly one verb; make two steps of this one".into()),
            (None, _) if text.gateway.is_some() || text.listener.is_some() => Verb::Set,
            (None, _) => {
                return Err("a step needs a verb: scan, scan_response, call, request, notify, raw, stdin, signal, \
                            analyst, advance, concurrently or exit"
                    .into());
            }
        };
        if text.expect.is_some() && !verb.awaits_answer() {
            return Err("`expect` stands only in a step that is answered: scan, scan_response, call, request".into());
        }
        Ok(Self {
            gateway: text.gateway.map(OneOrMany::into_vec),
            listener: text.listener,
            verb,
            expect: text.expect,
            gateway_saw: text.gateway_saw,
        })
    }
}

/// Whether the gateway can be connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Listener {
    /// Connections are accepted.
    Accept,
    /// Connections are refused, and those that stand are torn down.
    Refuse,
}

/// Tells `key: null` from a key that is left out.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<serde_json::Value>, D::Error> {
    serde_json::Value::deserialize(deserializer).map(Some)
}

/// A call of any tool.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The tool's name, sent as it is.
    pub tool: String,
    /// The arguments; left out of the call when absent.
    #[serde(default, deserialize_with = "present")]
    pub arguments: Option<serde_json::Value>,
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

/// Bytes of one's own making.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Raw {
    /// This text and a line feed.
    Line(String),
    /// Exactly this text.
    Text(String),
    /// Exactly these bytes, as pairs of hexadecimal digits; white space between pairs is free.
    Hex(Hex),
}

/// Bytes written as hexadecimal digits.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct Hex(pub Vec<u8>);

impl TryFrom<String> for Hex {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digits: Vec<u32> = text
            .chars()
            .filter(|character| !character.is_whitespace())
            .map(|character| character.to_digit(16).ok_or_else(|| format!("`{character}` is no hexadecimal digit")))
            .collect::<Result<_, _>>()?;
        if digits.len() % 2 == 1 {
            return Err("an odd number of hexadecimal digits".into());
        }
        Ok(Self(digits.chunks(2).filter_map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()))
    }
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
    /// A word that stderr must contain, such as the variable that is wrong.
    #[serde(default)]
    pub stderr_names: Option<String>,
}

/// With what status the guard's process must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExitStatus {
    /// Exit code 0.
    Zero,
    /// Any other exit code, not a signal.
    Nonzero,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    fn step(text: &str) -> Result<Step, String> {
        yaml::parse("case.yaml", text).map_err(|error| error.to_string())
    }

    #[test]
    fn absent_null_and_empty_bodies_are_three_things() {
        let arguments = |text: &str| match step(text).unwrap().verb {
            Verb::Scan(arguments) => arguments.text().to_owned(),
            other => panic!("{other:?}"),
        };
        assert_eq!(arguments("scan: { url: u }"), r#"{"url":"u"}"#);
        assert_eq!(arguments("scan: { url: u, body: null }"), r#"{"url":"u","body":null}"#);
        assert_eq!(arguments("scan: { url: u, body: {} }"), r#"{"url":"u","body":{}}"#);
        assert_eq!(arguments("scan: { body_json: '[1.10, 1e400]' }"), r#"{"body":[1.10, 1e400]}"#);
    }

    #[test]
    fn a_step_has_exactly_one_verb() {
        assert!(step("{ analyst: approve, advance: 1m }").unwrap_err().contains("exactly one verb"));
        assert!(step("{}").unwrap_err().contains("a step needs a verb"));
        assert!(matches!(step("gateway: { decision: ALLOW }").unwrap().verb, Verb::Set));
        assert!(
            step("{ advance: 1m, expect: { decision: ALLOW } }")
                .unwrap_err()
                .contains("only in a step that is answered")
        );
    }

    #[test]
    fn hexadecimal_bytes_are_read_in_pairs() {
        let Verb::Raw(Raw::Hex(Hex(bytes))) = step("raw: { hex: 'ef bb bf 7b7d 0a' }").unwrap().verb else { panic!() };
        assert_eq!(bytes, b"\xef\xbb\xbf{}\n");
        assert!(step("raw: { hex: abc }").unwrap_err().contains("odd number"));
        assert!(step("raw: { hex: zz }").unwrap_err().contains("`z` is no hexadecimal digit"));
    }
}
