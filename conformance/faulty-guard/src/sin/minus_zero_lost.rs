//! A guard that keeps every digit but the sign of nothing: integers of its language have no -0.

use crate::config::Config;
use crate::guard::Guard;
use crate::json::{raw, rebuilt};
use crate::question::{Call, Failure, Question};

pub(crate) struct MinusZeroLost;

impl Guard for MinusZeroLost {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut question = Question::build(config, call)?;
        if let Some(body) = question.body.get("body") {
            let other = rebuilt(body, &|value, _| (value.get() == "-0").then(|| raw(0)));
            question.body.set("body", other);
        }
        Ok(question)
    }
}
