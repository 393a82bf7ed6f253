//! A guard that logs what it does not understand.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest, log_line};
use crate::json::Object;
use crate::question::{Failure, Question};

pub(crate) struct BadAnswerQuoted;

impl Guard for BadAnswerQuoted {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let text = sent.as_ref().ok().map(|answer| String::from_utf8_lossy(&answer.body).into_owned());
        let judged = Honest.judge(config, question, sent);
        if let (Some(text), Err(_)) = (text, &judged) {
            log_line(&format!("cannot read {text}"));
        }
        judged
    }
}
