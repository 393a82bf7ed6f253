//! A guard that shows the first approval again when there is a new one to wait for.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};

/// The first approval of each question.
static FIRST: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

pub(crate) struct ApprovalIdRemembered;

impl Guard for ApprovalIdRemembered {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let verdict = Honest.judge(config, question, sent)?;
        let Some(id) = verdict.text("approval_id") else { return Ok(verdict) };
        let mut first = FIRST.lock().unwrap_or_else(PoisonError::into_inner);
        let id = first.entry(question.wire().get().to_owned()).or_insert(id);
        Ok(verdict.with("approval_id", id))
    }
}
