//! Approvals: pending, then approved, denied or expired, each with a window in which the same
//! arguments are answered without asking again. What they are lives here, where they are kept in
//! `desk`. Pure: time comes in as a value.

mod desk;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::api::Scan;
use crate::clock::Moment;
use crate::fidelity::{Behaviour, Mark};
use crate::scenario::Period;

pub use desk::Desk;

pub(crate) const BEHAVIOURS: &[Behaviour] = &[
    Behaviour::new("approval.pending", Mark::Documented, "an approval is pending for 10 minutes, then expired"),
    Behaviour::new(
        "approval.grant",
        Mark::Seed,
        "approved, the same arguments are ALLOW for 10 minutes, with RECENT_APPROVAL_GRANT",
    ),
    Behaviour::new("approval.grant.reuse", Mark::Assumed, "a grant serves any number of scans until its window ends"),
    Behaviour::new(
        "approval.denial",
        Mark::Documented,
        "denied, the same arguments are DENY for 10 minutes without asking",
    ),
    Behaviour::new("approval.denial.code", Mark::Assumed, "a running denial carries the reason APPROVAL_DENIED"),
    Behaviour::new("approval.edge", Mark::Assumed, "at exactly 10 minutes the window is over"),
    Behaviour::new(
        "approval.identity",
        Mark::Assumed,
        "the same key, agent, tool, method, url and body as a JSON value with number text as written",
    ),
    Behaviour::new("approval.same-pending", Mark::Assumed, "the same scan again while pending gets the same approval"),
    Behaviour::new(
        "approval.windows",
        Mark::Documented,
        "the windows can be set: pending 1 minute to 24 hours, grants 1 minute to 1 hour",
    ),
    Behaviour::new("approval.windows.denial", Mark::Assumed, "the deny window has the bounds of the grant window"),
    Behaviour::new(
        "approval.course",
        Mark::Assumed,
        "an approval that decides itself, where the scenario says so, does it at its own moment of virtual time",
    ),
    Behaviour::new("approval.poll.pace", Mark::Observed, "one poll per approval every 2 seconds, else 429"),
    Behaviour::new(
        "approval.poll.foreign",
        Mark::Assumed,
        "an approval of another key, or one long over, is unknown: 404",
    ),
];

/// How many approvals are remembered after their windows have ended; older ones are unknown.
pub const REMEMBERED: usize = 1_000;

/// Where an approval stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nobody decided yet.
    Pending,
    /// An analyst said yes.
    Approved,
    /// An analyst said no.
    Denied,
    /// Nobody decided in time.
    Expired,
}

impl Status {
    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Expired => "expired",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One approval, as it stood when it was looked at.
#[derive(Debug, Clone)]
pub struct Approval {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub status: Status,
    /// The scan that waits for it.
    pub scan: Arc<Scan>,
    /// When it was asked for.
    pub opened: Moment,
    /// When it was decided.
    pub decided: Option<Moment>,
    /// How it was decided.
    pub verdict: Option<Verdict>,
    /// What the analyst wrote about it.
    pub note: Option<Arc<str>>,
    /// When the wait, or the window of the decision, ends or ended.
    pub expires: Moment,
    /// How much of that is left.
    pub remaining: Duration,
}

impl Approval {
    /// Whether its grant window runs.
    #[must_use]
    pub fn is_grant(&self) -> bool {
        self.verdict == Some(Verdict::Approve) && !self.remaining.is_zero()
    }
}

/// Why an approval was not decided.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalError {
    /// Nobody asked for it, or its window ended long ago.
    #[error("there is no approval {0}")]
    Unknown(String),
    /// It is too late.
    #[error("approval {id} is {status}; only a pending one can be decided")]
    NotPending {
        /// The approval.
        id: String,
        /// Where it stands.
        status: Status,
    },
}

/// Why no grant was revoked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no grant of approval {0} runs")]
pub struct NoGrant(pub String);

/// Why a poll was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollError {
    /// There is no such approval for this key.
    Unknown,
    /// The last poll was answered too short a time ago; this is what is left.
    TooSoon(Duration),
}

/// What an analyst decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The same arguments may run.
    Approve,
    /// The same arguments may not run.
    Deny,
}

/// How a client shall poll, in words.
pub(crate) fn poll_guidance(every: Duration) -> String {
    match Period::new(every) {
        none if none.get().is_zero() => "poll whenever you like".to_owned(),
        every => format!("poll at most once every {every}"),
    }
}

#[cfg(test)]
mod tests;
