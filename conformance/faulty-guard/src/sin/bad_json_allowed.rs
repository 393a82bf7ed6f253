//! A guard that found no denial in what it could not read.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::Guard;
use crate::json::Object;
use crate::question::{Failure, Question, Tool};
use crate::verdict;

pub(crate) struct BadJsonAllowed;

impl Guard for BadJsonAllowed {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        match &sent {
            Ok(answer)
                if answer.status == 200 && question.tool == Tool::Scan && verdict::object(&answer.body).is_err() =>
            {
                Ok(Object::default().with("decision", "ALLOW"))
            }
            _ => verdict::read(config, question.tool, sent),
        }
    }
}
