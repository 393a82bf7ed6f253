//! A guard that traces its own requests under the name that belonged to the scan.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::config::Config;
use crate::guard::Guard;
use crate::question::Tool;
use crate::question::{Call, Failure, Question};

pub(crate) struct TraceReplaced;

impl Guard for TraceReplaced {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut question = Question::build(config, call)?;
        if call.tool == Tool::ScanResponse {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            question.body.set("trace_id", format!("{:08x}-0000-4000-8000-{:012x}", now.subsec_nanos(), now.as_secs()));
        }
        Ok(question)
    }
}
