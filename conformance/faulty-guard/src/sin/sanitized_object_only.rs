//! A guard to whom a body is an object, whatever the call was made of.

use serde_json::Value;

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};

pub(crate) struct SanitizedObjectOnly;

impl Guard for SanitizedObjectOnly {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let value = sent.as_ref().ok().and_then(|answer| serde_json::from_slice::<Value>(&answer.body).ok());
        let body = value.map(|value| value["sanitized_body"].clone()).unwrap_or_default();
        if !body.is_object() && !body.is_null() {
            return Err(Failure("sanitized_body is no object".into()));
        }
        Honest.judge(config, question, sent)
    }
}
