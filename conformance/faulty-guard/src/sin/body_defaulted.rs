//! A guard that sends an empty object where there was no body, as some client libraries do.

use crate::config::Config;
use crate::guard::Guard;
use crate::json::Object;
use crate::question::Tool;
use crate::question::{Call, Failure, Question};

pub(crate) struct BodyDefaulted;

impl Guard for BodyDefaulted {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut question = Question::build(config, call)?;
        if call.tool == Tool::Scan && call.arguments.get("body").is_none() {
            question.body.set("body", Object::default());
        }
        Ok(question)
    }
}
