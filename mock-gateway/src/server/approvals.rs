//! The analyst's desk, as the one who runs the gateway sits at it. The rules of its trade are in
//! `approval`.

use std::sync::Arc;

use super::Shared;
use crate::approval::{Approval, ApprovalError, NoGrant, Status, Verdict};

/// The analyst's desk of a running gateway.
#[derive(Debug, Clone)]
pub struct Approvals {
    shared: Arc<Shared>,
}

impl Approvals {
    pub(crate) const fn of(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Those that wait for a decision, oldest first.
    #[must_use]
    pub fn pending(&self) -> Vec<Approval> {
        let mut approvals = self.all();
        approvals.retain(|approval| approval.status == Status::Pending);
        approvals
    }

    /// All that were asked for, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Approval> {
        let now = self.shared.clock.now().virtual_time;
        self.shared.engine().desk().all(now)
    }

    /// Approves one, and opens its grant window.
    ///
    /// # Errors
    /// An unknown approval, or one that is pending no more.
    pub fn approve(&self, id: &str) -> Result<Approval, ApprovalError> {
        self.decide(id, Verdict::Approve, None)
    }

    /// Denies one, and opens its deny window.
    ///
    /// # Errors
    /// An unknown approval, or one that is pending no more.
    pub fn deny(&self, id: &str) -> Result<Approval, ApprovalError> {
        self.decide(id, Verdict::Deny, None)
    }

    /// Decides one, and may say why; the note is for other people at the desk.
    ///
    /// # Errors
    /// An unknown approval, or one that is pending no more.
    pub fn decide(&self, id: &str, verdict: Verdict, note: Option<&str>) -> Result<Approval, ApprovalError> {
        let now = self.shared.clock.now().virtual_time;
        self.shared.engine().desk().decide(id, verdict, note, now)
    }

    /// Ends a grant before its time.
    ///
    /// # Errors
    /// No grant of this approval runs.
    pub fn revoke(&self, id: &str) -> Result<Approval, NoGrant> {
        let now = self.shared.clock.now().virtual_time;
        self.shared.engine().desk().revoke(id, now)
    }
}
