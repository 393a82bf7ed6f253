//! Short-lived keys that this gateway gave out: how long they serve, how often, and for what. Pure;
//! the tokens themselves come from the seed.

use std::collections::HashMap;

use crate::api::{Key, KeyWish, Scan, Scope};
use crate::clock::Moment;
use crate::fidelity::{Behaviour, Mark};

pub(crate) const BEHAVIOURS: &[Behaviour] = &[
    Behaviour::new("keys.token", Mark::Seed, "a short-lived key is a token iv_eph_…"),
    Behaviour::new("keys.answer", Mark::Assumed, "201 with key, expires_at, max_uses and scope"),
    Behaviour::new(
        "keys.over",
        Mark::Assumed,
        "a short-lived key past its time or its uses is answered 401; each scan is a use",
    ),
    Behaviour::new("keys.scope", Mark::Observed, "a scan outside the scope is DENY with EPHEMERAL_SCOPE_VIOLATION"),
    Behaviour::new(
        "keys.scope.names",
        Mark::Assumed,
        "tools are compared with tool_name, verbs with method, both to the letter",
    ),
    Behaviour::new("keys.chain", Mark::Assumed, "a short-lived key cannot ask for another one: 403"),
];

/// How many keys are remembered; past it, those whose time is over are forgotten.
const REMEMBERED: usize = 10_000;

/// The keys of one gateway.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    issued: HashMap<Key, Issued>,
}

#[derive(Debug)]
struct Issued {
    expires: Moment,
    left: Option<u64>,
    scope: Scope,
}

/// Why a key does not serve a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// Its time or its uses are over.
    Over,
    /// It is for other tools or methods.
    OutOfScope,
}

impl Keys {
    /// Remembers a key that is given out now; when it ends.
    pub(crate) fn issue(&mut self, key: Key, wish: &KeyWish, now: Moment) -> Moment {
        if self.issued.len() >= REMEMBERED {
            self.issued.retain(|_, issued| now < issued.expires);
        }
        let expires = now.after(wish.ttl);
        self.issued.insert(key, Issued { expires, left: wish.max_uses, scope: wish.scope.clone() });
        expires
    }

    /// Whether a key of ours still serves; `None` when it is none of ours.
    pub(crate) fn serves(&self, key: &Key, now: Moment) -> Option<bool> {
        self.issued.get(key).map(|issued| issued.is_good(now))
    }

    /// Uses a key for a scan. One that is none of ours serves for everything.
    pub(crate) fn take(&mut self, key: Option<&Key>, scan: &Scan, now: Moment) -> Result<(), Unfit> {
        let Some(issued) = key.and_then(|key| self.issued.get_mut(key)) else { return Ok(()) };
        if !issued.is_good(now) {
            return Err(Unfit::Over);
        }
        issued.left = issued.left.map(|left| left - 1);
        if issued.scope.admits(scan) { Ok(()) } else { Err(Unfit::OutOfScope) }
    }
}

impl Issued {
    fn is_good(&self, now: Moment) -> bool {
        now < self.expires && self.left != Some(0)
    }
}
