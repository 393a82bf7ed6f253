//! The life of approvals, against a model that is nothing but the contract's sentences. Never which
//! values are the same; that is a grant's.

use std::collections::BTreeMap;
use std::time::Duration;

use guard_conformance::generate::Choices;

use crate::gateway::{Gateway, Spoken};

/// How long an approval waits, and how long its decision stands (documented by the vendor's API).
const WINDOW: Duration = Duration::from_secs(600);

/// The calls that are made, each in two spellings of the same value.
const BODIES: [[&str; 2]; 3] =
    [["{\"a\":1,\"b\":[1.10]}", "{ \"b\":[1.10] , \"\\u0061\":1 }"], ["{}", "{ }"], ["[]", "[ ]"]];

const KEYS: [&str; 2] = ["iv_live_one", "iv_live_two"];

/// What may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// This key asks about one of the calls, in one of its spellings.
    Scan {
        /// Which key.
        key: usize,
        /// Which call.
        body: usize,
        /// How it is written.
        spelling: usize,
    },
    /// The analyst approves the latest approval of this key's call.
    Approve {
        /// Which key.
        key: usize,
        /// Which call.
        body: usize,
    },
    /// The analyst denies it.
    Deny {
        /// Which key.
        key: usize,
        /// Which call.
        body: usize,
    },
    /// Time passes; steps of a second meet the ends of windows.
    Advance(Duration),
    /// The gateway is started again, and knows nothing.
    Restart,
}

impl Step {
    /// One step out of these choices.
    #[must_use]
    pub fn choose(choices: &mut Choices<'_>) -> Self {
        let (key, body) = (choices.below(KEYS.len()), choices.below(BODIES.len()));
        match choices.below(16) {
            0..7 => Self::Scan { key, body, spelling: choices.below(2) },
            7..10 => Self::Approve { key, body },
            10..12 => Self::Deny { key, body },
            12..15 => Self::Advance(Duration::from_secs(choices.of(&[1, 299, 300, 599, 600, 601]))),
            _ => Self::Restart,
        }
    }
}

/// What the contract says: of each call, when its latest approval was asked for, and what became of it.
#[derive(Debug, Clone, Default)]
pub struct Model {
    now: Duration,
    latest: BTreeMap<(usize, usize), Latest>,
}

#[derive(Debug, Clone, Copy)]
struct Latest {
    asked: Duration,
    decided: Option<(Duration, bool)>,
}

/// What a step must come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    Nothing,
    /// A new approval.
    Asked,
    /// The approval that waits already.
    SameAsked,
    Granted,
    Denied,
    /// The analyst's decision is taken, or is not.
    Taken(bool),
}

impl Model {
    /// What the step makes of it.
    pub fn follow(&mut self, step: Step) {
        self.due(step);
    }

    fn due(&mut self, step: Step) -> Due {
        let now = self.now;
        // At exactly ten minutes the window is over (decided: "identical arguments").
        let runs = |since: Duration| now < since + WINDOW;
        match step {
            Step::Scan { key, body, .. } => match self.latest.get(&(key, body)) {
                Some(Latest { decided: None, asked }) if runs(*asked) => Due::SameAsked,
                Some(Latest { decided: Some((at, true)), .. }) if runs(*at) => Due::Granted,
                Some(Latest { decided: Some((at, false)), .. }) if runs(*at) => Due::Denied,
                _ => {
                    self.latest.insert((key, body), Latest { asked: now, decided: None });
                    Due::Asked
                }
            },
            Step::Approve { key, body } => self.decide((key, body), true),
            Step::Deny { key, body } => self.decide((key, body), false),
            Step::Advance(wait) => {
                self.now += wait;
                Due::Nothing
            }
            Step::Restart => {
                self.latest.clear();
                Due::Nothing
            }
        }
    }

    fn decide(&mut self, call: (usize, usize), granted: bool) -> Due {
        let now = self.now;
        let pending =
            self.latest.get_mut(&call).filter(|latest| latest.decided.is_none() && now < latest.asked + WINDOW);
        Due::Taken(pending.map(|latest| latest.decided = Some((now, granted))).is_some())
    }
}

/// A gateway and its model, side by side.
pub struct Approvals {
    gateway: Gateway,
    model: Model,
    ids: BTreeMap<(usize, usize), String>,
}

impl Default for Approvals {
    fn default() -> Self {
        Self { gateway: Gateway::asking(), model: Model::default(), ids: BTreeMap::new() }
    }
}

impl Approvals {
    /// Takes one step in both.
    ///
    /// # Panics
    /// Where the gateway does something else than the model says.
    pub fn take(&mut self, step: Step) {
        let due = self.model.due(step);
        match step {
            Step::Scan { key, body, spelling } => {
                self.gateway.use_key(KEYS[key]);
                let spoken = self.gateway.scan("https://a.example/", BODIES[body][spelling]);
                let spoken = spoken.expect("each of the calls is served");
                let known = self.ids.get(&(key, body));
                match (due, &spoken) {
                    (Due::Granted, Spoken::Granted) | (Due::Denied, Spoken::Denied) => {}
                    (Due::SameAsked, Spoken::RequireApproval(id)) if known == Some(id) => {}
                    (Due::Asked, Spoken::RequireApproval(id)) if known != Some(id) => {
                        self.ids.insert((key, body), id.clone());
                    }
                    _ => panic!("{step:?} came to {spoken:?}, due was {due:?}"),
                }
            }
            Step::Approve { key, body } | Step::Deny { key, body } => {
                let id = self.ids.get(&(key, body)).map_or("of nobody", |id| id);
                let approves = matches!(step, Step::Approve { .. });
                let taken = if approves { self.gateway.approve(id) } else { self.gateway.deny(id) };
                assert_eq!(Due::Taken(taken.is_ok()), due, "{step:?}: {taken:?}");
            }
            Step::Advance(wait) => self.gateway.advance(wait),
            Step::Restart => {
                self.gateway.reset();
                self.ids.clear();
            }
        }
    }
}

/// Whatever the agents, the analyst and the clock do, the gateway's approvals stand where the
/// contract says: pending for ten minutes, granted or denied for ten, each key's its own, and a gateway
/// that is started again has forgotten them. The choices make the steps.
///
/// # Panics
/// Where the gateway does something else than the model says.
pub fn approvals_follow_the_contract(choices: &[u8]) {
    let mut choices = Choices::new(choices);
    let mut approvals = Approvals::default();
    while !choices.is_empty() {
        approvals.take(Step::choose(&mut choices));
    }
}
