//! A guard that reads a response into a value of its language.

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::question::{Call, Failure, Question};

pub(crate) struct ResponseReencoded;

impl Guard for ResponseReencoded {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut question = Honest.ask(config, call)?;
        if let Some(body) = question.body.get("response_body").map(super::body_reencoded::reencoded) {
            question.body.set("response_body", body);
        }
        Ok(question)
    }
}
