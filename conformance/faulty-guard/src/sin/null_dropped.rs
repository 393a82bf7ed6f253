//! A guard whose language has one word for null and for not there.

use crate::config::Config;
use crate::guard::Guard;
use crate::question::{Call, Failure, Question};

pub(crate) struct NullDropped;

impl Guard for NullDropped {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut question = Question::build(config, call)?;
        if question.body.get("body").is_some_and(|body| body.get() == "null") {
            question.body.remove("body");
        }
        Ok(question)
    }
}
