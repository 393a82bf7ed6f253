//! A guard that knows one outage only: nobody listens.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};

pub(crate) struct FailOpenOnRefusedOnly;

impl Guard for FailOpenOnRefusedOnly {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let fail_open = config.fail_open && sent.as_ref().err() == Some(&Trouble::Refused);
        Honest.judge(&Config { fail_open, ..config.clone() }, question, sent)
    }
}
