//! A guard that lets the gateway explain its errors itself.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};

pub(crate) struct ErrorBodyShown;

impl Guard for ErrorBodyShown {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let page = match &sent {
            Ok(answer) if answer.status >= 400 => Some(String::from_utf8_lossy(&answer.body).into_owned()),
            _ => None,
        };
        let judged = Honest.judge(config, question, sent);
        judged.map_err(|failure| page.map_or(failure, |page| Failure(format!("the gateway said: {page}"))))
    }
}
