//! A guard that asks about the upper levels of a deep body.

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::json::{raw, rebuilt};
use crate::question::{Call, Failure, Question};

const LEVELS: usize = 32;

pub(crate) struct DepthCut;

impl Guard for DepthCut {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut question = Honest.ask(config, call)?;
        if let Some(body) = question.body.get("body") {
            let other = rebuilt(body, &|_, level| (level > LEVELS).then(|| raw(())));
            question.body.set("body", other);
        }
        Ok(question)
    }
}
