//! A guard that reports what a call returned, and keeps to itself what was found in it.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question, Tool};

pub(crate) struct ReceiptDropped;

impl Guard for ReceiptDropped {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let receipt = Honest.judge(config, question, sent)?;
        Ok(if question.tool == Tool::ScanResponse { Object::default() } else { receipt })
    }
}
