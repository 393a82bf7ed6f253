//! A guard that knows of one call at a time.

use std::sync::{Mutex, PoisonError};

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Call, Failure, Question, Tool};

static LATEST: Mutex<Option<String>> = Mutex::new(None);

pub(crate) struct LatestTrace;

impl Guard for LatestTrace {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut question = Honest.ask(config, call)?;
        if let (Tool::ScanResponse, Some(trace)) = (call.tool, &*LATEST.lock().unwrap_or_else(PoisonError::into_inner))
        {
            question.body.set("trace_id", trace);
        }
        Ok(question)
    }

    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let judged = Honest.judge(config, question, sent)?;
        if let Some(trace) = judged.text("trace_id") {
            *LATEST.lock().unwrap_or_else(PoisonError::into_inner) = Some(trace);
        }
        Ok(judged)
    }
}
