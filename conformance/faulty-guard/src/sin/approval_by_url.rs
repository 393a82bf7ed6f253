//! A guard that takes an approval for one of everything that goes to the same address.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};

static APPROVED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

pub(crate) struct ApprovalByUrl;

impl Guard for ApprovalByUrl {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let verdict = Honest.judge(config, question, sent)?;
        let mut approved = APPROVED.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(url) = question.body.text("url") else { return Ok(verdict) };
        if is_granted(&verdict) {
            approved.insert(url);
        } else if approved.contains(&url) {
            return Ok(verdict.with("decision", "ALLOW"));
        }
        Ok(verdict)
    }
}

/// Whether this is an ALLOW because a person approved.
pub(super) fn is_granted(verdict: &Object) -> bool {
    let reasons: Vec<String> =
        verdict.get("reason_codes").and_then(|reasons| serde_json::from_str(reasons.get()).ok()).unwrap_or_default();
    reasons.iter().any(|reason| reason == "RECENT_APPROVAL_GRANT")
}
