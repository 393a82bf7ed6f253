//! The policy gateway of one play: a mock gateway of its own under frozen time, told by the steps
//! what to answer. Its journal becomes part of the recording.

use std::io;

use mock_gateway::scenario::{Reply, Scenario};
use mock_gateway::{Clock, MockGateway};
use mock_gateway::{api, journal};

use crate::case::{Case, Profile};
use crate::log::Log;
use crate::recording::{Event, Key, Stream, Text};
use crate::step::{Analyst, Listener, Step, Verb};
use crate::subject::policy::Policy;

/// How much of twenty thousand requests is kept, in bytes: all of it.
const LOAD_JOURNAL: usize = 256 << 20;

/// A gateway that runs for one play.
pub(crate) struct Gateway {
    mock: MockGateway,
    /// Another host, to which the gateway points; only where the case speaks of one.
    elsewhere: Option<MockGateway>,
    key: String,
}

impl Gateway {
    /// Starts a gateway that accepts `key` and does what the case's policy says, or allows everything, until
    /// a step says otherwise.
    pub(crate) async fn start(key: &str, case: &Case) -> Result<Self, mock_gateway::StartError> {
        let builder = || MockGateway::builder().key(key).clock(Clock::frozen());
        let mut gateway = builder().base_path(&case.gateway_path);
        if case.profile == Profile::Load {
            gateway = gateway.journal_limit(LOAD_JOURNAL);
        }
        let mock = match case.certificate() {
            Some(certificate) => gateway.tls(certificate).start().await?,
            None => gateway.start().await?,
        };
        let elsewhere = if case.points_elsewhere() { Some(builder().start().await?) } else { None };
        for mock in [&mock].into_iter().chain(&elsewhere) {
            mock.replace(&rules(case.policy));
        }
        Ok(Self { mock, elsewhere, key: key.to_owned() })
    }

    pub(crate) fn url(&self) -> &str {
        self.mock.url()
    }

    /// Whom to trust for its certificates, in PEM; `None` where it speaks plain HTTP.
    pub(crate) fn authority(&self) -> Option<String> {
        self.mock.authority()
    }

    /// Takes over what a step says about the gateway.
    pub(crate) async fn obey(&self, step: &Step) -> io::Result<()> {
        if let Some(replies) = &step.gateway {
            self.mock.script(replies.iter().map(|reply| self.filled(reply)).collect::<io::Result<_>>()?);
        }
        if let Some(listener) = step.listener {
            let order = match (listener, listener.certificate()) {
                (_, Some(certificate)) => mock_gateway::Listener::Tls(certificate),
                (Listener::Refuse, None) => mock_gateway::Listener::Refuse,
                (_, None) => mock_gateway::Listener::Accept,
            };
            self.mock.listener(order).await?;
        }
        if let Verb::Advance(period) = &step.verb {
            self.mock.clock().advance(period.get());
        }
        Ok(())
    }

    /// The reply with the key in its place, and the address of the other host, by a name that is not the
    /// gateway's.
    fn filled(&self, reply: &Reply) -> io::Result<Reply> {
        let mut text = serde_json::to_string(reply)?;
        if let Some(elsewhere) = &self.elsewhere {
            text = text.replace("{elsewhere}", &format!("http://localhost:{}", elsewhere.address().port()));
        }
        Ok(serde_json::from_str(&text.replace("{key}", &self.key))?)
    }

    /// How many requests have arrived.
    pub(crate) fn asked(&self) -> usize {
        let entries = self.mock.journal().entries();
        entries.iter().filter(|event| matches!(event, journal::Event::Arrived { .. })).count()
    }

    /// Decides the oldest pending approval. `None` when there is none.
    pub(crate) fn decide(&self, analyst: Analyst) -> Option<String> {
        let approvals = self.mock.approvals();
        let id = approvals.pending().first()?.id.clone();
        let decided = match analyst {
            Analyst::Approve => approvals.approve(&id),
            Analyst::Deny => approvals.deny(&id),
        };
        decided.ok().map(|_| id)
    }

    /// Writes everything that the gateway saw into the log.
    pub(crate) fn write_down(&self, log: &Log) {
        let forgotten = self.mock.journal().forgotten();
        if forgotten > 0 {
            log.push(Event::Flooded { stream: Stream::Gateway, kept: forgotten });
        }
        let strays = self.elsewhere.iter().flat_map(|elsewhere| elsewhere.journal().entries());
        for event in strays {
            if let journal::Event::Arrived { at, method, path, headers, authorization, body, .. } = event {
                let (headers, key) = (texts(&headers), worth(authorization));
                log.push_at(at, Event::WentElsewhere { method, path, headers, key, body: Text(body) });
            }
        }
        for event in self.mock.journal().entries() {
            match event {
                journal::Event::Arrived { number, at, method, path, headers, authorization, body, .. } => {
                    let (headers, key) = (texts(&headers), worth(authorization));
                    log.push_at(at, Event::GatewayAsked { number, method, path, headers, key, body: Text(body) });
                }
                journal::Event::Answered { number, at, status, body } => {
                    log.push_at(at, Event::GatewayAnswered { number, status, body: Text(body) });
                }
                journal::Event::Broken { number, at, sent } => {
                    log.push_at(at, Event::GatewayBroke { number, sent });
                }
                journal::Event::HungUp { number, at } => log.push_at(at, Event::GatewayHungUp { number }),
                journal::Event::Decided { .. } => {}
            }
        }
    }
}

fn texts<'h, N: ToString + 'h, V: AsRef<[u8]> + 'h>(
    headers: impl IntoIterator<Item = (&'h N, &'h V)>,
) -> Vec<(String, String)> {
    let text = |value: &V| String::from_utf8_lossy(value.as_ref()).into_owned();
    headers.into_iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

const fn worth(authorization: api::Authorization) -> Key {
    match authorization {
        api::Authorization::Right => Key::Right,
        api::Authorization::Wrong => Key::Wrong,
        api::Authorization::Missing => Key::Missing,
    }
}

/// What a gateway decides in the place of a guard's own policy.
fn rules(policy: Option<Policy>) -> Scenario {
    let decision = match policy {
        Some(Policy::Deny) => "DENY",
        Some(Policy::Hold) => "REQUIRE_APPROVAL",
        Some(Policy::Allow | Policy::Redact) | None => return Scenario::scripted(vec![Reply::decision("ALLOW")]),
    };
    let rules = format!(
        "rules:\n- {{ when: {{ tool_name: send }}, then: {{ decision: {decision}, reason_codes: [POLICY] }} }}\n\
         - {{ then: {{ decision: ALLOW }} }}\n"
    );
    Scenario::parse("policy", &rules).expect("both rules are of the scenario language")
}
