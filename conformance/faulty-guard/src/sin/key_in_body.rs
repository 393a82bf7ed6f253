//! A guard that signs the question instead of the envelope.

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::question::{Call, Failure, Question};

pub(crate) struct KeyInBody;

impl Guard for KeyInBody {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut question = Honest.ask(config, call)?;
        question.body.set("api_key", config.key.secret());
        Ok(question)
    }
}
