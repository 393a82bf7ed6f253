//! A guard for which an answer without a word is one without an objection.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};

pub(crate) struct EmptyAnswerAllowed;

impl Guard for EmptyAnswerAllowed {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let is_empty = |answer: &Answer| (200..300).contains(&answer.status) && answer.body.is_empty();
        if sent.as_ref().is_ok_and(is_empty) {
            return Ok(Object::default().with("decision", "ALLOW"));
        }
        Honest.judge(config, question, sent)
    }
}
