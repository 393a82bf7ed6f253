//! A guard in which one approval opens the door for all that wait.

use std::sync::atomic::{AtomicBool, Ordering};

use super::approval_by_url::is_granted;
use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};

static APPROVED: AtomicBool = AtomicBool::new(false);

pub(crate) struct OneApprovesAll;

impl Guard for OneApprovesAll {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let verdict = Honest.judge(config, question, sent)?;
        if is_granted(&verdict) {
            APPROVED.store(true, Ordering::Relaxed);
        }
        let waits = verdict.text("decision").as_deref() == Some("REQUIRE_APPROVAL");
        if waits && APPROVED.load(Ordering::Relaxed) { Ok(verdict.with("decision", "ALLOW")) } else { Ok(verdict) }
    }
}
