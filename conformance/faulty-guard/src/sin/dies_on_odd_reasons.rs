//! A guard that takes the form of an answer for granted.

use serde_json::Value;

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};

pub(crate) struct DiesOnOddReasons;

impl Guard for DiesOnOddReasons {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let value = sent.as_ref().ok().and_then(|answer| serde_json::from_slice::<Value>(&answer.body).ok());
        let reasons = value.map(|value| value["reason_codes"].clone()).unwrap_or_default();
        if !reasons.is_array() && !reasons.is_null() {
            std::process::exit(1);
        }
        Honest.judge(config, question, sent)
    }
}
