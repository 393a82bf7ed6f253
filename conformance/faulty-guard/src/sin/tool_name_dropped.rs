//! A guard that sends only what describes HTTP.

use crate::config::Config;
use crate::guard::Guard;
use crate::question::{Call, Failure, Question};

pub(crate) struct ToolNameDropped;

impl Guard for ToolNameDropped {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut question = Question::build(config, call)?;
        question.body.remove("tool_name");
        Ok(question)
    }
}
