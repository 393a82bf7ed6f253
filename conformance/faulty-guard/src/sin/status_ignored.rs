//! A guard that looks at the body of an answer and never at its status.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};

pub(crate) struct StatusIgnored;

impl Guard for StatusIgnored {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let sent = sent.map(|answer| Answer { status: 200, ..answer });
        Honest.judge(config, question, sent)
    }
}
