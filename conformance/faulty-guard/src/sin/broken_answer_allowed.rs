//! A guard that catches what its HTTP client throws, and goes on.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};

pub(crate) struct BrokenAnswerAllowed;

impl Guard for BrokenAnswerAllowed {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        match sent {
            Err(Trouble::Broken(_)) => Ok(Object::default().with("decision", "ALLOW")),
            sent => Honest.judge(config, question, sent),
        }
    }
}
