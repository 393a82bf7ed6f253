//! A guard for which a gateway that answers anything but 200 is one that is not there.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};

pub(crate) struct FailOpenOnAnyStatus;

impl Guard for FailOpenOnAnyStatus {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let is_other = config.fail_open && sent.as_ref().is_ok_and(|answer| answer.status != 200);
        Honest.judge(config, question, if is_other { Err(Trouble::Unreachable) } else { sent })
    }
}
