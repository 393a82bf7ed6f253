//! The decision: state, request and time in, what to say out. Pure; the socket, the delay and the
//! real clock are the server's.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::answer::{Say, Verdict, whole_seconds};
use crate::api::{ApiError, Call, Key, Request, Scan};
use crate::approval::{self, Desk, PollError};
use crate::clock::Now;
use crate::fidelity::{Behaviour, Mark};
use crate::scenario::{Destinations, Period, Repeat, Reply, Rule, Scenario, Verb, When};

pub(crate) const BEHAVIOURS: &[Behaviour] = &[
    Behaviour::new(
        "scan.decisions",
        Mark::Seed,
        "the decision is one of ALLOW, SANITIZE, DENY, REQUIRE_APPROVAL, as the scenario says",
    ),
    Behaviour::new("scan.no-rule", Mark::Assumed, "a scan that meets no rule is DENY with NO_RULE_MET"),
    Behaviour::new(
        "scan.windows-first",
        Mark::Assumed,
        "a running grant or denial wins over a verdict of the rules, not over a fault",
    ),
    Behaviour::new("response.unknown-trace", Mark::Assumed, "a trace_id that no scan was given is accepted"),
];

/// Everything that a gateway remembers.
#[derive(Debug)]
pub struct Engine {
    rules: Vec<Script>,
    seed: u64,
    traces: u64,
    approvals: u64,
    desk: Desk,
    destinations: Destinations,
    console: String,
}

/// A rule with the place that its replies have reached.
#[derive(Debug)]
struct Script {
    when: When,
    replies: Vec<Arc<Reply>>,
    turn: usize,
    given: u32,
}

/// Who decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decider {
    /// A rule of the scenario, and the reply whose turn it was, both from 1.
    Rule {
        /// Place of the rule in the scenario.
        rule: usize,
        /// Place of the reply in the rule.
        reply: usize,
    },
    /// A running grant.
    Grant {
        /// The approval that opened it.
        approval_id: String,
    },
    /// A running denial.
    Denial {
        /// The approval that opened it.
        approval_id: String,
    },
    /// The gateway's own behaviour.
    BuiltIn,
}

impl fmt::Display for Decider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule { rule, reply } => write!(f, "rule {rule}, reply {reply}"),
            Self::Grant { approval_id } => write!(f, "grant of {approval_id}"),
            Self::Denial { approval_id } => write!(f, "denial of {approval_id}"),
            Self::BuiltIn => f.write_str("built in"),
        }
    }
}

/// What was chosen, in one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// A verdict.
    Decision(String),
    /// A status without a verdict.
    Status(u16),
    /// A text of the scenario's own, with its status.
    Json(u16),
    /// No answer, ever.
    Hang,
}

impl Choice {
    fn of(reply: &Reply) -> Self {
        match reply.verb() {
            Verb::Decision(decision) => Self::Decision(decision.to_owned()),
            Verb::Status(status) => Self::Status(status),
            Verb::Json(status, _) => Self::Json(status),
            Verb::Hang => Self::Hang,
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decision(decision) => f.write_str(decision),
            Self::Status(status) => write!(f, "{status}"),
            Self::Json(status) => write!(f, "{status} json"),
            Self::Hang => f.write_str("hang"),
        }
    }
}

/// What the engine decided about one request.
#[derive(Debug, Clone)]
pub struct Decided {
    /// Who decided.
    pub by: Decider,
    /// What, in one word.
    pub choice: Choice,
    /// How long to wait, in real time, before saying so.
    pub delay: Duration,
    /// What to say.
    pub say: Say,
}

impl Decided {
    /// A request that was answered before any rule saw it.
    #[must_use]
    pub fn refused(error: ApiError) -> Self {
        Self::built_in(Choice::Status(error.status), Say::Error(error))
    }

    const fn built_in(choice: Choice, say: Say) -> Self {
        Self { by: Decider::BuiltIn, choice, delay: Duration::ZERO, say }
    }
}

impl Engine {
    /// A gateway that remembers nothing yet; `console` is the address under which approvals have
    /// their pages.
    #[must_use]
    pub fn new(scenario: &Scenario, console: String) -> Self {
        let mut engine = Self {
            rules: Vec::new(),
            seed: scenario.seed,
            traces: 0,
            approvals: 0,
            desk: Desk::default(),
            destinations: Destinations::default(),
            console,
        };
        engine.replace_rules(scenario);
        engine
    }

    /// Puts other rules in force. Approvals, known hosts and the sequence of ids stay.
    pub fn replace_rules(&mut self, scenario: &Scenario) {
        let script = |rule: &Rule| Script {
            when: rule.when.clone(),
            replies: rule.then.iter().cloned().map(Arc::new).collect(),
            turn: 0,
            given: 0,
        };
        self.rules = scenario.rules.iter().map(script).collect();
    }

    /// The approvals.
    #[must_use]
    pub const fn desk(&self) -> &Desk {
        &self.desk
    }

    /// The approvals, to decide one.
    pub const fn desk_mut(&mut self) -> &mut Desk {
        &mut self.desk
    }

    /// Decides about one request.
    pub fn decide(&mut self, request: &Request, now: Now) -> Decided {
        let met = self.rules.iter().position(|script| {
            script.when.differs(request, &self.destinations).is_none()
                && (matches!(request.call, Call::Scan(_)) || !matches!(script.next().verb(), Verb::Decision(_)))
        });
        let verdict = met.is_none_or(|rule| matches!(self.rules[rule].next().verb(), Verb::Decision(_)));
        if let Call::Scan(scan) = &request.call
            && verdict
            && let Some(decided) = self.standing(request.key.as_ref(), scan, now)
        {
            return decided;
        }
        let Some(rule) = met else { return self.built_in(request, now) };
        let (turn, reply) = self.rules[rule].take();
        let by = Decider::Rule { rule: rule + 1, reply: turn + 1 };
        let delay = reply.delay.map_or(Duration::ZERO, Period::get);
        let choice = Choice::of(&reply);
        let say = match &request.call {
            Call::Scan(scan) if verdict => self.verdict(request.key.as_ref(), scan, reply, now),
            _ => Say::Scripted(reply),
        };
        Decided { by, choice, delay, say }
    }

    /// The answer of a running grant or denial.
    fn standing(&mut self, key: Option<&Key>, scan: &Arc<Scan>, now: Now) -> Option<Decided> {
        let (verdict, id) = self.desk.standing(key, scan, now.virtual_time)?;
        let approval_id = id.to_owned();
        let (by, reply) = match verdict {
            approval::Verdict::Approve => {
                (Decider::Grant { approval_id }, Reply::decision("ALLOW").because("RECENT_APPROVAL_GRANT"))
            }
            approval::Verdict::Deny => {
                (Decider::Denial { approval_id }, Reply::decision("DENY").because("APPROVAL_DENIED"))
            }
        };
        Some(self.own_verdict(by, key, scan, reply, now))
    }

    fn own_verdict(&mut self, by: Decider, key: Option<&Key>, scan: &Arc<Scan>, reply: Reply, now: Now) -> Decided {
        let choice = Choice::of(&reply);
        Decided { by, choice, delay: Duration::ZERO, say: self.verdict(key, scan, Arc::new(reply), now) }
    }

    fn verdict(&mut self, key: Option<&Key>, scan: &Arc<Scan>, reply: Arc<Reply>, now: Now) -> Say {
        let mut approval = None;
        match reply.verb() {
            Verb::Decision("ALLOW" | "SANITIZE") => self.destinations.visit(scan),
            Verb::Decision("REQUIRE_APPROVAL") => {
                let (seed, number) = (self.seed, &mut self.approvals);
                let id = self.desk.open(key, scan, now.virtual_time, || {
                    reply.approval_id.clone().unwrap_or_else(|| {
                        *number += 1;
                        made_up_id(seed, Stream::Approval, *number)
                    })
                });
                let page = format!("{}/approvals/{id}", self.console);
                approval = Some((id, page));
            }
            _ => {}
        }
        Say::Verdict(Arc::clone(scan), Verdict { reply, trace_id: self.next_trace(), approval })
    }

    fn built_in(&mut self, request: &Request, now: Now) -> Decided {
        match &request.call {
            Call::Scan(scan) => {
                let reply = Reply::decision("DENY").because("NO_RULE_MET");
                self.own_verdict(Decider::BuiltIn, request.key.as_ref(), scan, reply, now)
            }
            Call::ScanResponse(response) => Decided::built_in(Choice::Status(200), Say::Recorded(Arc::clone(response))),
            Call::Health => Decided::built_in(Choice::Status(200), Say::Healthy),
            Call::ApprovalStatus(id) => match self.desk.poll(request.key.as_ref(), id, now) {
                Ok(approval) => Decided::built_in(Choice::Status(200), Say::Approval(approval)),
                Err(PollError::Unknown) => Decided::refused(ApiError::new(404, format!("there is no approval {id}"))),
                Err(PollError::TooSoon(left)) => Decided::refused(ApiError {
                    retry_after: Some(whole_seconds(left)),
                    ..ApiError::new(429, "an approval may be polled once every 2 seconds")
                }),
            },
        }
    }

    fn next_trace(&mut self) -> String {
        self.traces += 1;
        made_up_id(self.seed, Stream::Trace, self.traces)
    }
}

impl Script {
    /// The reply whose turn it is.
    fn next(&self) -> &Reply {
        &self.replies[self.turn]
    }

    /// Gives the reply whose turn it is, and its place.
    fn take(&mut self) -> (usize, Arc<Reply>) {
        let (turn, reply) = (self.turn, Arc::clone(&self.replies[self.turn]));
        self.given += 1;
        let done = match reply.repeat {
            None => true,
            Some(Repeat::Times(times)) => self.given >= times.get(),
            Some(Repeat::Forever) => false,
        };
        if done && turn + 1 < self.replies.len() {
            (self.turn, self.given) = (turn + 1, 0);
        }
        (turn, reply)
    }
}

/// The sequences that ids come from.
#[derive(Clone, Copy)]
enum Stream {
    Trace = 1,
    Approval = 2,
}

/// An id in the form of a random UUID (RFC 9562, version 4), the same for the same seed and number.
fn made_up_id(seed: u64, stream: Stream, number: u64) -> String {
    let high = scramble(scramble(seed) ^ scramble(number).rotate_left(stream as u32));
    let low = scramble(high ^ number);
    let high = (high & !0xf000) | 0x4000;
    let low = (low & !(0b11 << 62)) | (0b10 << 62);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

/// The finaliser of SplitMix64: every bit of the input moves every bit of the output.
const fn scramble(mut value: u64) -> u64 {
    value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests;
