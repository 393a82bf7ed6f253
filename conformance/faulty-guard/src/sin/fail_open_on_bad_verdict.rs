//! A guard for which a gateway that it does not understand is one that is not there.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};

pub(crate) struct FailOpenOnBadVerdict;

impl Guard for FailOpenOnBadVerdict {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let was_answered = sent.as_ref().is_ok_and(|answer| answer.status == 200);
        let verdict = Honest.judge(config, question, sent);
        match verdict {
            Err(_) if config.fail_open && was_answered => Honest.judge(config, question, Err(Trouble::Unreachable)),
            verdict => verdict,
        }
    }
}
