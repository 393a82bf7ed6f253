//! A guard that keeps the door open once it was opened, and asks no more.
//! Two hooks: one sees the outage, the other no longer asks.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::config::Config;
use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};

static OPEN: AtomicBool = AtomicBool::new(false);

pub(crate) struct FailOpenSticky;

impl Guard for FailOpenSticky {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        if OPEN.load(Ordering::Relaxed) { Err(Trouble::Unreachable) } else { Honest.send(gateway, question) }
    }

    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let verdict = Honest.judge(config, question, sent);
        let is_open = verdict.as_ref().is_ok_and(|verdict| verdict.get("trace_id").is_none());
        OPEN.fetch_or(config.fail_open && is_open, Ordering::Relaxed);
        verdict
    }
}
