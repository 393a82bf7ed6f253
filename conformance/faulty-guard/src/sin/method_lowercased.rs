//! A guard that tidies the method; the policy knows POST, not post.

use crate::config::Config;
use crate::guard::Guard;
use crate::question::{Call, Failure, Question};

pub(crate) struct MethodLowercased;

impl Guard for MethodLowercased {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut question = Question::build(config, call)?;
        if let Some(method) = question.body.text("method") {
            question.body.set("method", method.to_ascii_lowercase());
        }
        Ok(question)
    }
}
