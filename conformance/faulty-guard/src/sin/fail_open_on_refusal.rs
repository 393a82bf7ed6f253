//! A guard for which a gateway that refuses to decide is one that is not there.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};

pub(crate) struct FailOpenOnRefusal;

impl Guard for FailOpenOnRefusal {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let refused = config.fail_open && sent.as_ref().is_ok_and(|answer| [401, 413, 429].contains(&answer.status));
        let sent = if refused { Err(Trouble::Unreachable) } else { sent };
        Honest.judge(config, question, sent)
    }
}
