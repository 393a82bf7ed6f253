//! The policy gateway of one play: a mock gateway of its own under frozen time, told by the steps
//! what to answer. Its journal becomes part of the recording.

use mock_gateway::scenario::{Reply, Scenario};
use mock_gateway::{Clock, MockGateway};
use mock_gateway::{api, journal};

use crate::log::Log;
use crate::recording::{Event, Key, Stream, Text};
use crate::step::{Analyst, Listener, Step, Verb};
use crate::subject::policy::Policy;

/// A gateway that runs for one play.
pub(crate) struct Gateway {
    mock: MockGateway,
}

impl Gateway {
    /// Starts a gateway that accepts `key` and does what the policy says, or allows everything, until a
    /// step says otherwise.
    pub(crate) async fn start(
        key: &str,
        base_path: &str,
        policy: Option<Policy>,
    ) -> Result<Self, mock_gateway::StartError> {
        let mock = MockGateway::builder().key(key).base_path(base_path).clock(Clock::frozen()).start().await?;
        let send = match policy {
            Some(Policy::Deny) => Some("DENY"),
            Some(Policy::Hold) => Some("REQUIRE_APPROVAL"),
            Some(Policy::Allow | Policy::Redact) | None => None,
        };
        let Some(decision) = send else {
            mock.script(vec![Reply::decision("ALLOW")]);
            return Ok(Self { mock });
        };
        let rules = format!(
            "rules:\n- {{ when: {{ tool_name: send }}, then: {{ decision: {decision}, reason_codes: [POLICY] }} }}\n\
             - {{ then: {{ decision: ALLOW }} }}\n"
        );
        mock.replace(&Scenario::parse("policy", &rules).expect("both rules are of the scenario language"));
        Ok(Self { mock })
    }

    pub(crate) fn url(&self) -> &str {
        self.mock.url()
    }

    /// Takes over what a step says about the gateway.
    pub(crate) async fn obey(&self, step: &Step) -> std::io::Result<()> {
        if let Some(replies) = &step.gateway {
            self.mock.script(replies.clone());
        }
        match step.listener {
            Some(Listener::Accept) => self.mock.listener(mock_gateway::Listener::Accept).await?,
            Some(Listener::Refuse) => self.mock.listener(mock_gateway::Listener::Refuse).await?,
            None => {}
        }
        if let Verb::Advance(period) = &step.verb {
            self.mock.clock().advance(period.get());
        }
        Ok(())
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
        for event in self.mock.journal().entries() {
            match event {
                journal::Event::Arrived { number, at, method, path, headers, authorization, body, .. } => log.push_at(
                    at,
                    Event::GatewayAsked {
                        number,
                        method,
                        path,
                        headers: headers
                            .iter()
                            .map(|(name, value)| {
                                (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
                            })
                            .collect(),
                        key: match authorization {
                            api::Authorization::Right => Key::Right,
                            api::Authorization::Wrong => Key::Wrong,
                            api::Authorization::Missing => Key::Missing,
                        },
                        body: Text(body),
                    },
                ),
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
