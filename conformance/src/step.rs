//! The steps of a play as a case file writes them: one verb each, what the gateway does from here
//! on, and what each party must see. Never how a step is carried out.

mod arguments;
mod expect;
mod raw;
mod series;
mod verb;

use mock_gateway::Tls;
use mock_gateway::scenario::{OneOrMany, Period, Reply};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

pub use expect::{
    ArgumentsAs, AsSent, Decision, Expect, Field, Form, GatewaySaw, Growth, ProcessSaw, ToolRole, UpstreamSaw,
};
pub use raw::Raw;
pub use series::Series;
pub use verb::{Analyst, Await, Call, Exit, ExitStatus, Measure, Notify, Request, Signal, Stdin, Stdout, Verb};

use arguments::{Scan, ScanResponse};
use verb::{Open, Restart};

/// One step, checked: exactly one verb.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(try_from = "StepText")]
#[schemars(with = "StepText")]
pub struct Step {
    /// What the gateway answers from this step on, until replaced.
    pub gateway: Option<Vec<Reply>>,
    /// How the gateway takes connections, from this step on.
    pub listener: Option<Listener>,
    /// What happens.
    pub verb: Verb,
    /// What the client must see.
    pub expect: Option<Expect>,
    /// What the gateway must see during this step.
    pub gateway_saw: Option<GatewaySaw>,
    /// What the server behind a proxy must see during this step.
    pub upstream_saw: Option<UpstreamSaw>,
    /// What the guard's process must show.
    pub process_saw: Option<ProcessSaw>,
}

/// A step as written.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Step")]
struct StepText {
    /// What the gateway answers from this step on, until replaced: one reply, or an ordered list of which the last repeats. `{elsewhere}` in a `location` is the address of another host, which is never to be asked.
    #[schemars(with = "Option<OneOrMany<Reply>>")]
    gateway: Option<OneOrMany<Reply>>,
    /// `refuse`: from this step on nobody can connect to the gateway; `accept`: they can again. `good`, `untrusted`, `expired`, `wrong-host`: they are shown this certificate; the gateway of such a play speaks TLS only.
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
    /// Sends every inner step's message in one JSON-RPC batch.
    batch: Option<Vec<Step>>,
    /// `session`: opens a session as the play's version has it; for plays whose `opening` is `none`.
    open: Option<Open>,
    /// `guard`: ends the guard as a client does, starts it anew and opens a session; the gateway stays.
    restart: Option<Restart>,
    /// `gateway`, `upstream`: waits until it has been asked, or has got a call, during this step or the one that
    /// holds it.
    r#await: Option<Await>,
    /// `close`: no more input.
    stdin: Option<Stdin>,
    /// `close`: nobody reads what the guard writes any more.
    stdout: Option<Stdout>,
    /// Sends a signal to the guard's process.
    signal: Option<Signal>,
    /// The analyst decides the oldest pending approval.
    analyst: Option<Analyst>,
    /// The gateway's time moves on by this much.
    advance: Option<Period>,
    /// Sends every inner step before awaiting any answer.
    concurrently: Option<Vec<Step>>,
    /// With `scan` or `call`: so many of them concurrently; `{n}` in the arguments becomes 1, 2, 3…
    times: Option<u32>,
    /// With `times`: at most so many of them under way at once; all of them by default.
    at_once: Option<usize>,
    /// `guard`: looks how much memory, and how many files and threads, the guard and what it started have.
    measure: Option<Measure>,
    /// Awaits the end of the guard's process.
    exit: Option<Exit>,
    /// What the client must see.
    expect: Option<Expect>,
    /// What the gateway must see during this step.
    gateway_saw: Option<GatewaySaw>,
    /// What the server behind a proxy must see during this step.
    upstream_saw: Option<UpstreamSaw>,
    /// With `measure`: what must have come of the guard's process since it was last measured.
    process_saw: Option<ProcessSaw>,
}

impl TryFrom<StepText> for Step {
    type Error = String;

    fn try_from(text: StepText) -> Result<Self, String> {
        let times = match text.times {
            None => None,
            Some(_) if text.scan.is_none() && text.call.is_none() => {
                return Err("`times` goes with `scan` or `call`".into());
            }
            Some(0) => return Err("`times: 0` sends nothing; leave the step out".into()),
            Some(times) => Some(times),
        };
        if text.at_once == Some(0) || (text.at_once.is_some() && times.is_none()) {
            return Err("`at_once` says of how many `times` may be under way, one at the least".into());
        }
        if text.process_saw.is_some() && text.measure.is_none() {
            return Err("`process_saw` goes with `measure`".into());
        }
        let verbs = [
            text.scan.map(|scan| scan.arguments().map(Verb::Scan)).transpose()?,
            text.scan_response.map(|scan| scan.arguments().map(Verb::ScanResponse)).transpose()?,
            text.call.map(Verb::Call),
            text.request.map(Verb::Request),
            text.notify.map(Verb::Notify),
            text.raw.map(Verb::Raw),
            text.batch.map(Verb::Batch),
            text.open.map(|Open::Session| Verb::Open),
            text.restart.map(|Restart::Guard| Verb::Restart),
            text.r#await.map(Verb::Await),
            text.stdin.map(Verb::Stdin),
            text.stdout.map(Verb::Stdout),
            text.signal.map(Verb::Signal),
            text.analyst.map(Verb::Analyst),
            text.advance.map(Verb::Advance),
            text.concurrently.map(|steps| Verb::Concurrently(steps.into_iter().flat_map(Self::flattened).collect())),
            text.measure.map(Verb::Measure),
            text.exit.map(Verb::Exit),
        ];
        let mut verbs = verbs.into_iter().flatten();
        let verb = match (verbs.next(), verbs.next()) {
            (Some(verb), None) => verb,
            (Some(_), Some(_)) => return Err("a step has exactly one verb; make two steps of this one".into()),
            (None, _) if text.gateway.is_some() || text.listener.is_some() => Verb::Set,
            (None, _) => {
                return Err(
                    "a step needs a verb: scan, scan_response, call, request, notify, raw, batch, open, restart, \
                            await, stdin, stdout, signal, analyst, advance, concurrently, measure or exit"
                        .into(),
                );
            }
        };
        if text.expect.is_some() && !verb.awaits_answer() {
            return Err(
                "`expect` stands only in a step that is answered: scan, scan_response, call, request, open, or \
                        raw with an id"
                    .into(),
            );
        }
        if let Verb::Batch(inner) = &verb
            && inner.iter().any(|step| !step.verb.is_message() || step.gateway.is_some() || step.listener.is_some())
        {
            return Err("a batch holds messages only: scan, scan_response, call, request, notify".into());
        }
        let step = Self {
            gateway: text.gateway.map(OneOrMany::into_vec),
            listener: text.listener,
            verb,
            expect: text.expect,
            gateway_saw: text.gateway_saw,
            upstream_saw: text.upstream_saw,
            process_saw: text.process_saw,
        };
        match (times, text.at_once) {
            (None, _) => Ok(step),
            (Some(times), None) => step.repeated(times),
            (Some(times), Some(at_once)) => step.in_turn(times, at_once),
        }
    }
}

impl Step {
    /// This scan or call so many times at once, each with its number in the place of `{n}`.
    fn repeated(self, times: u32) -> Result<Self, String> {
        let verb = Verb::Concurrently((1..=times).map(|number| self.numbered(number)).collect::<Result<_, _>>()?);
        Ok(Self { verb, expect: None, gateway_saw: None, upstream_saw: None, process_saw: None, ..self })
    }

    /// This scan or call so many times, never more than `at_once` of them under way.
    fn in_turn(self, times: u32, at_once: usize) -> Result<Self, String> {
        // One that can be numbered can be numbered with any other number too.
        self.numbered(times)?;
        let (gateway, listener) = (self.gateway.clone(), self.listener);
        let verb = Verb::InTurn(Series { step: Box::new(self), times, at_once });
        Ok(Self { gateway, listener, verb, expect: None, gateway_saw: None, upstream_saw: None, process_saw: None })
    }

    /// Steps that were multiplied go on beside the others of the step that holds them.
    fn flattened(self) -> Vec<Self> {
        match self.verb {
            Verb::Concurrently(mut inner) => {
                if let Some(first) = inner.first_mut() {
                    (first.gateway, first.listener) = (self.gateway, self.listener);
                }
                inner
            }
            verb => vec![Self { verb, ..self }],
        }
    }
}

/// How the gateway takes connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Listener {
    /// Connections are accepted.
    Accept,
    /// Connections are refused, and those that stand are torn down.
    Refuse,
    /// The certificate fits, by an authority that `{authority}` names.
    Good,
    /// The certificate fits, by an authority that nobody can know.
    Untrusted,
    /// The certificate is by the right authority, and ended long ago.
    Expired,
    /// The certificate is by the right authority, for another host.
    WrongHost,
}

impl Listener {
    /// The certificate that is shown.
    pub(crate) const fn certificate(self) -> Option<Tls> {
        match self {
            Self::Accept | Self::Refuse => None,
            Self::Good => Some(Tls::Good),
            Self::Untrusted => Some(Tls::Untrusted),
            Self::Expired => Some(Tls::Expired),
            Self::WrongHost => Some(Tls::WrongHost),
        }
    }

    /// Whether no client may take the certificate for the gateway's.
    pub(crate) const fn is_impostor(self) -> bool {
        matches!(self, Self::Untrusted | Self::Expired | Self::WrongHost)
    }
}

/// Tells `key: null` from a key that is left out.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<serde_json::Value>, D::Error> {
    serde_json::Value::deserialize(deserializer).map(Some)
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
    fn a_scan_can_be_made_many_times_at_once() {
        let Verb::Concurrently(scans) = step("{ scan: { url: 'https://e/{n}' }, times: 3 }").unwrap().verb else {
            panic!()
        };
        let Verb::Scan(last) = &scans[2].verb else { panic!() };
        assert_eq!((scans.len(), last.text()), (3, r#"{"url":"https://e/3"}"#));
        assert!(step("{ stdin: close, times: 3 }").unwrap_err().contains("goes with `scan` or `call`"));
    }

    #[test]
    fn a_scan_can_be_made_many_times_in_turn() {
        let made =
            step("{ scan: { url: 'https://e/{n}' }, times: 30, at_once: 4, gateway: { decision: DENY } }").unwrap();
        let Verb::InTurn(series) = made.verb else { panic!() };
        let Verb::Scan(last) = series.step(30).unwrap().verb else { panic!() };
        assert_eq!((made.gateway.is_some(), series.at_once, last.text()), (true, 4, r#"{"url":"https://e/30"}"#));
        assert!(step("{ scan: { url: u }, at_once: 4 }").unwrap_err().contains("`at_once` says of how many"));
        assert!(step("{ scan: { url: u }, process_saw: { growth: {} } }").unwrap_err().contains("goes with `measure`"));
    }

    #[test]
    fn a_batch_holds_messages_only() {
        assert!(step("batch: [{ notify: { method: a } }, { request: { method: b } }]").is_ok());
        assert!(step("batch: [{ stdin: close }]").unwrap_err().contains("messages only"));
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
}
