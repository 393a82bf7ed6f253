//! A guard that takes its gateway for one that never repeats a secret.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};

pub(crate) struct EchoPassedOn;

impl Guard for EchoPassedOn {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        match sent {
            Ok(answer) if answer.status == 200 => {
                Object::parse(&answer.body).map_err(|why| Failure(format!("the answer cannot be read: {why}")))
            }
            sent => Honest.judge(config, question, sent),
        }
    }
}
