//! Approvals: pending, then approved, denied or expired, each with a window in which the same
//! arguments are answered without asking again. Pure: time comes in as a value.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::api::{Key, Scan};
use crate::clock::{Moment, Now};
use crate::fidelity::{Behaviour, Mark};

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
    Behaviour::new("approval.poll.pace", Mark::Observed, "one poll per approval every 2 seconds, else 429"),
    Behaviour::new("approval.poll.foreign", Mark::Assumed, "an approval of another key is unknown: 404"),
];

/// How long an approval waits, and how long its decision stands.
pub const WINDOW: Duration = Duration::from_secs(600);

/// The shortest time between two answered polls of one approval.
pub const POLL_PACE: Duration = Duration::from_secs(2);

/// Where an approval stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// When the wait, or the window of the decision, ends or ended.
    pub expires: Moment,
    /// How much of that is left.
    pub remaining: Duration,
}

/// Why an approval was not decided.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalError {
    /// Nobody asked for it.
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

/// Why a poll was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollError {
    /// There is no such approval for this key.
    Unknown,
    /// The last poll was answered less than [`POLL_PACE`] ago; this is what is left.
    TooSoon(Duration),
}

/// Every approval that was asked for, in order.
#[derive(Debug, Default)]
pub struct Desk {
    records: Vec<Record>,
}

#[derive(Debug)]
struct Record {
    id: String,
    key: Option<Key>,
    scan: Arc<Scan>,
    opened: Moment,
    decided: Option<(Moment, Verdict)>,
    polled: Option<Moment>,
}

/// What an analyst decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The same arguments may run.
    Approve,
    /// The same arguments may not run.
    Deny,
}

impl Record {
    fn expires(&self) -> Moment {
        self.decided.map_or(self.opened, |(at, _)| at).after(WINDOW)
    }

    fn runs(&self, now: Moment) -> bool {
        now < self.expires()
    }

    fn status(&self, now: Moment) -> Status {
        match self.decided {
            Some((_, Verdict::Approve)) => Status::Approved,
            Some((_, Verdict::Deny)) => Status::Denied,
            None if self.runs(now) => Status::Pending,
            None => Status::Expired,
        }
    }

    fn snapshot(&self, now: Moment) -> Approval {
        Approval {
            id: self.id.clone(),
            status: self.status(now),
            scan: Arc::clone(&self.scan),
            opened: self.opened,
            decided: self.decided.map(|(at, _)| at),
            expires: self.expires(),
            remaining: self.expires().since(now),
        }
    }
}

impl Desk {
    /// The decision whose window runs for these arguments, with its approval's id.
    #[must_use]
    pub fn standing(&self, key: Option<&Key>, scan: &Scan, now: Moment) -> Option<(Verdict, &str)> {
        let record = self.running(key, scan, now, true)?;
        record.decided.map(|(_, verdict)| (verdict, &*record.id))
    }

    /// The id of the approval that waits for these arguments, opened now if there is none.
    pub fn open(&mut self, key: Option<&Key>, scan: &Arc<Scan>, now: Moment, id: impl FnOnce() -> String) -> String {
        if let Some(record) = self.running(key, scan, now, false) {
            return record.id.clone();
        }
        let record =
            Record { id: id(), key: key.cloned(), scan: Arc::clone(scan), opened: now, decided: None, polled: None };
        let id = record.id.clone();
        self.records.push(record);
        id
    }

    /// An analyst decides.
    ///
    /// # Errors
    /// An unknown approval, or one that is pending no more.
    pub fn decide(&mut self, id: &str, verdict: Verdict, now: Moment) -> Result<Approval, ApprovalError> {
        let record = self.records.iter_mut().rev().find(|record| record.id == id);
        let record = record.ok_or_else(|| ApprovalError::Unknown(id.to_owned()))?;
        match record.status(now) {
            Status::Pending => {
                record.decided = Some((now, verdict));
                Ok(record.snapshot(now))
            }
            status => Err(ApprovalError::NotPending { id: id.to_owned(), status }),
        }
    }

    /// A client asks where an approval stands.
    ///
    /// # Errors
    /// An approval that this key does not know, or a poll that comes too soon.
    pub fn poll(&mut self, key: Option<&Key>, id: &str, now: Now) -> Result<Approval, PollError> {
        let record = self.records.iter_mut().rev().find(|record| record.id == id && record.key.as_ref() == key);
        let record = record.ok_or(PollError::Unknown)?;
        if let Some(polled) = record.polled {
            let passed = now.pace.since(polled);
            if passed < POLL_PACE {
                return Err(PollError::TooSoon(POLL_PACE.saturating_sub(passed)));
            }
        }
        record.polled = Some(now.pace);
        Ok(record.snapshot(now.virtual_time))
    }

    /// Every approval, oldest first.
    #[must_use]
    pub fn all(&self, now: Moment) -> Vec<Approval> {
        self.records.iter().map(|record| record.snapshot(now)).collect()
    }

    /// The latest approval for these arguments that waits, or whose decision stands.
    fn running(&self, key: Option<&Key>, scan: &Scan, now: Moment, decided: bool) -> Option<&Record> {
        self.records.iter().rev().find(|record| {
            record.decided.is_some() == decided
                && record.runs(now)
                && record.key.as_ref() == key
                && record.scan.same_arguments(scan)
        })
    }
}

#[cfg(test)]
mod tests;
