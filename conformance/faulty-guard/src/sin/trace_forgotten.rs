//! A guard that takes what it does not remember for a mistake.

use std::sync::{Mutex, PoisonError};

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Call, Failure, Question, Tool};

static GIVEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

pub(crate) struct TraceForgotten;

impl Guard for TraceForgotten {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let question = Honest.ask(config, call)?;
        let trace = question.body.text("trace_id").unwrap_or_default();
        if call.tool == Tool::ScanResponse && !GIVEN.lock().unwrap_or_else(PoisonError::into_inner).contains(&trace) {
            return Err(Failure("trace_id is not known; scan the call first".into()));
        }
        Ok(question)
    }

    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let judged = Honest.judge(config, question, sent)?;
        GIVEN.lock().unwrap_or_else(PoisonError::into_inner).extend(judged.text("trace_id"));
        Ok(judged)
    }
}
