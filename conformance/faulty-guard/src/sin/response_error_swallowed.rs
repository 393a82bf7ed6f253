//! A guard to which a response that could not be scanned is no trouble.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question, Tool};

pub(crate) struct ResponseErrorSwallowed;

impl Guard for ResponseErrorSwallowed {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        Honest.judge(config, question, sent).or_else(|failure| match question.tool {
            Tool::ScanResponse => Ok(Object::default().with("note", "the response was not scanned")),
            Tool::Scan => Err(failure),
        })
    }
}
