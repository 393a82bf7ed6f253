//! A guard that forgets the status of a response.

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::question::{Call, Failure, Question};

pub(crate) struct ResponseStatusDropped;

impl Guard for ResponseStatusDropped {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut question = Honest.ask(config, call)?;

        question.body.remove("response_status");
        Ok(question)
    }
}
