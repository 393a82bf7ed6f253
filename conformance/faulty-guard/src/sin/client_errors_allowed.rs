//! A guard that takes only a server's error for an error.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question, Tool};

pub(crate) struct ClientErrorsAllowed;

impl Guard for ClientErrorsAllowed {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        if question.tool == Tool::Scan && sent.as_ref().is_ok_and(|answer| [403, 404, 429].contains(&answer.status)) {
            return Ok(Object::default().with("decision", "ALLOW"));
        }
        Honest.judge(config, question, sent)
    }
}
