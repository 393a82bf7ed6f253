//! The decision: state, request and time in, what to say out. Pure; the socket, the delay and the
//! real clock are the server's.

mod decided;
mod script;

use std::mem;
use std::sync::Arc;

use crate::answer::{Say, Verdict, whole_seconds};
use crate::api::{ApiError, Call, Key, KeyWish, Request, Scan};
use crate::approval::{self, Desk, PollError};
use crate::clock::{Moment, Now};
use crate::correlate::{Memory, Overlap};
use crate::fidelity::{Behaviour, Mark};
use crate::journal::Entry;
use crate::keys::{Keys, Unfit};
use crate::meter::{Meter, Refusal, Usage};
use crate::scenario::{Destinations, Fault, Reply, Rule, Scenario, Verb};
use crate::seed::{Seed, Stream};
use crate::session;

pub use decided::{Choice, Decided, Decider};
pub use script::Miss;
use script::Rules;

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
        "a running grant or denial wins over a verdict of the rules, not over what is wrong on the wire",
    ),
    Behaviour::new(
        "scan.lost-answer",
        Mark::Assumed,
        "a decision is made even if its answer is lost on the wire: its approval is open, its host is known",
    ),
    Behaviour::new(
        "scan.order",
        Mark::Assumed,
        "limits come first, then scripted faults, then the key's scope, then windows, then verdicts",
    ),
    Behaviour::new("response.unknown-trace", Mark::Assumed, "a trace_id that no scan was given is accepted"),
];

/// Everything that a gateway remembers.
#[derive(Debug)]
pub struct Engine {
    scenario: String,
    rules: Rules,
    seed: Seed,
    drawn: Drawn,
    meter: Meter,
    keys: Keys,
    desk: Desk,
    destinations: Destinations,
    memory: Memory,
    console: String,
}

/// How far each sequence of the seed has been drawn.
#[derive(Debug, Default)]
struct Drawn {
    traces: u64,
    approvals: u64,
    keys: u64,
    delays: u64,
}

impl Engine {
    /// A gateway that remembers nothing yet; `console` is the address under which approvals have
    /// their pages.
    #[must_use]
    pub fn new(scenario: &Scenario, console: String, now: Moment) -> Self {
        Self {
            scenario: scenario.name.clone(),
            rules: Rules::new(&scenario.rules),
            seed: Seed(scenario.seed),
            drawn: Drawn::default(),
            meter: Meter::new(scenario.limits, now),
            keys: Keys::default(),
            desk: Desk::new(scenario.approvals),
            destinations: Destinations::default(),
            memory: Memory::default(),
            console,
        }
    }

    /// Puts another scenario in force. Approvals, known hosts, what was read, keys, what was used of
    /// the limits and the sequence of ids stay.
    pub fn replace(&mut self, scenario: &Scenario) {
        self.replace_rules(scenario);
        self.seed = Seed(scenario.seed);
        self.meter.limit(scenario.limits);
        self.desk.set_windows(scenario.approvals);
    }

    /// Puts the rules of another scenario in force, and nothing else of it.
    pub fn replace_rules(&mut self, scenario: &Scenario) {
        self.scenario.clone_from(&scenario.name);
        self.rules = Rules::new(&scenario.rules);
    }

    /// The scenario in force.
    #[must_use]
    pub fn scenario(&self) -> Scenario {
        self.with_rules(self.rules.written())
    }

    /// What happened, as a scenario that makes it happen again.
    pub fn session(&mut self, entries: &[Entry], now: Moment) -> Scenario {
        let rules = session::rules(entries, &self.desk.all(now));
        self.with_rules(rules)
    }

    fn with_rules(&self, rules: Vec<Rule>) -> Scenario {
        Scenario {
            name: self.scenario.clone(),
            seed: self.seed.0,
            approvals: self.desk.windows(),
            limits: self.meter.limits(),
            rules,
        }
    }

    /// Forgets everything but the scenario in force: as it would be if it had just been started.
    pub fn reset(&mut self, now: Moment) {
        *self = Self::new(&self.scenario(), mem::take(&mut self.console), now);
    }

    /// What has been used of the limits.
    pub fn usage(&mut self, now: Moment) -> Usage {
        self.meter.usage(now)
    }

    /// The approvals.
    pub const fn desk(&mut self) -> &mut Desk {
        &mut self.desk
    }

    /// Whether a key that this gateway gave out still serves; `None` when it gave out no such key.
    #[must_use]
    pub fn serves(&self, key: &Key, now: Now) -> Option<bool> {
        self.keys.serves(key, now.virtual_time)
    }

    /// Decides about one request.
    pub fn decide(&mut self, request: &Request, now: Now) -> Decided {
        if matches!(request.call, Call::Scan(_))
            && let Err(refusal) = self.meter.take(now)
        {
            return Decided::refused(over_the_limit(refusal));
        }
        let key = request.key.as_ref();
        let overlap = match &request.call {
            Call::Scan(scan) => self.memory.overlap(key, scan, now.virtual_time),
            _ => None,
        };
        let mut decided = self.by_rules(request, overlap.as_ref(), now);
        if let Say::Verdict(scan, verdict) = &mut decided.say {
            self.memory.scanned(key, scan, verdict.trace_id());
            verdict.overlap = overlap.filter(Overlap::is_enough);
        }
        decided
    }

    fn by_rules(&mut self, request: &Request, overlap: Option<&Overlap>, now: Now) -> Decided {
        let met = self.rules.meet(request, &self.destinations, overlap);
        let verdict = met.is_none_or(|rule| self.rules.decides(rule));
        let fault = met.and_then(|rule| self.rules.fault(rule));
        if let Call::Scan(scan) = &request.call
            && verdict
            && let Some(decided) = self.before_rules(request.key.as_ref(), scan, fault, now)
        {
            // What a rule says gives way here; what it does to the wire does not.
            if let (Some(rule), Some(_)) = (met, decided.fault()) {
                self.rules.take(rule);
            }
            return decided;
        }
        let Some(rule) = met else { return self.built_in(request, overlap, now) };
        let (turn, reply) = self.rules.take(rule);
        let by = Decider::Rule { rule: rule + 1, reply: turn + 1 };
        let mut decided = match &request.call {
            Call::Scan(scan) if verdict => self.verdict(by, request.key.as_ref(), scan, reply, now),
            _ => Decided {
                by,
                reply: Some(Arc::clone(&reply)),
                ..Decided::built_in(Choice::of(&reply), Say::Scripted(reply))
            },
        };
        if let Some(delay) = decided.reply.as_ref().and_then(|reply| reply.delay) {
            self.drawn.delays += 1;
            decided.delay = delay.draw(self.seed, self.drawn.delays);
        }
        decided
    }

    /// What wins over a verdict of the rules: the end or the scope of a key, a running grant or
    /// denial. `wire` happens to its answer all the same.
    fn before_rules(&mut self, key: Option<&Key>, scan: &Arc<Scan>, wire: Option<Fault>, now: Now) -> Option<Decided> {
        let answer = |decision, reason| Reply { wire, ..Reply::decision(decision).because(reason) };
        match self.keys.take(key, scan, now.virtual_time) {
            Ok(()) => {}
            Err(Unfit::Over) => {
                return Some(Decided::refused(ApiError::new(
                    401,
                    "the short-lived key is used up; ask for another one",
                )));
            }
            Err(Unfit::OutOfScope) => {
                let reply = answer("DENY", "EPHEMERAL_SCOPE_VIOLATION");
                return Some(self.verdict(Decider::BuiltIn, key, scan, Arc::new(reply), now));
            }
        }
        let (verdict, id) = self.desk.standing(key, scan, now.virtual_time)?;
        let approval_id = id.to_owned();
        let (by, reply) = match verdict {
            approval::Verdict::Approve => (Decider::Grant { approval_id }, answer("ALLOW", "RECENT_APPROVAL_GRANT")),
            approval::Verdict::Deny => (Decider::Denial { approval_id }, answer("DENY", "APPROVAL_DENIED")),
        };
        Some(self.verdict(by, key, scan, Arc::new(reply), now))
    }

    fn verdict(&mut self, by: Decider, key: Option<&Key>, scan: &Arc<Scan>, reply: Arc<Reply>, now: Now) -> Decided {
        let mut approval = None;
        match reply.verb() {
            Verb::Decision("ALLOW" | "SANITIZE") => self.destinations.visit(scan),
            Verb::Decision("REQUIRE_APPROVAL") => {
                let (seed, number) = (self.seed, &mut self.drawn.approvals);
                let id = self.desk.open(key, scan, now.virtual_time, reply.approval, || {
                    reply.approval_id.clone().unwrap_or_else(|| {
                        *number += 1;
                        seed.id(Stream::Approval, *number)
                    })
                });
                let page = format!("{}/approvals/{id}", self.console);
                approval = Some((id, page));
            }
            _ => {}
        }
        self.drawn.traces += 1;
        let trace_id = self.seed.id(Stream::Trace, self.drawn.traces);
        let choice = Choice::of(&reply);
        let say =
            Say::Verdict(Arc::clone(scan), Verdict { reply: Arc::clone(&reply), trace_id, approval, overlap: None });
        Decided { by, reply: Some(reply), ..Decided::built_in(choice, say) }
    }

    fn built_in(&mut self, request: &Request, overlap: Option<&Overlap>, now: Now) -> Decided {
        let done = |say| Decided::built_in(Choice::Status(200), say);
        match &request.call {
            Call::Scan(scan) => {
                let reply = Reply::decision("DENY").because("NO_RULE_MET");
                let miss = self.rules.nearest(request, &self.destinations, overlap);
                let decided = self.verdict(Decider::BuiltIn, request.key.as_ref(), scan, Arc::new(reply), now);
                Decided { miss, ..decided }
            }
            Call::ScanResponse(response) => {
                self.memory.responded(request.key.as_ref(), response, now.virtual_time);
                done(Say::Recorded(Arc::clone(response)))
            }
            Call::Health => done(Say::Healthy),
            Call::Usage => done(Say::Usage(self.meter.usage(now.virtual_time))),
            Call::NewKey(wish) => self.new_key(request.key.as_ref(), wish, now.virtual_time),
            Call::ApprovalStatus(id) => {
                let every = self.desk.windows().poll_every.get();
                match self.desk.poll(request.key.as_ref(), id, now) {
                    Ok(approval) => done(Say::Approval(approval, every)),
                    Err(PollError::Unknown) => {
                        Decided::refused(ApiError::new(404, format!("there is no approval {id}")))
                    }
                    Err(PollError::TooSoon(left)) => Decided::refused(ApiError {
                        retry_after: Some(whole_seconds(left)),
                        poll_guidance: Some(approval::poll_guidance(every)),
                        ..ApiError::new(429, format!("approval {id} was polled too soon after the last time"))
                    }),
                }
            }
        }
    }

    fn new_key(&mut self, asker: Option<&Key>, wish: &KeyWish, now: Moment) -> Decided {
        if asker.is_some_and(|asker| self.keys.serves(asker, now).is_some()) {
            return Decided::refused(ApiError::new(
                403,
                "a short-lived key cannot ask for another one; use a lasting key",
            ));
        }
        self.drawn.keys += 1;
        let token = format!("iv_eph_{}", self.seed.token(Stream::Key, self.drawn.keys));
        let key: Key = token.parse().expect("hexadecimal digits are a token");
        let expires = self.keys.issue(key.clone(), wish, now);
        Decided::built_in(Choice::Status(201), Say::NewKey { key, wish: wish.clone(), expires })
    }
}

fn over_the_limit(refusal: Refusal) -> ApiError {
    match refusal {
        Refusal::Rate(wait) => {
            let retry_after = Some(whole_seconds(wait));
            ApiError { retry_after, ..ApiError::new(429, "too many scans in too short a time; wait for Retry-After") }
        }
        Refusal::Quota(quota) => ApiError {
            code: Some("QUOTA_EXCEEDED"),
            ..ApiError::new(429, format!("the quota of {quota} scans is used up until the next period"))
        },
    }
}

#[cfg(test)]
mod tests;
