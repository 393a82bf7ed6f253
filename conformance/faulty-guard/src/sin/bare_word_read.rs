//! A guard that finds a verdict in JSON that is no object.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};
use serde_json::Value;

pub(crate) struct BareWordRead;

impl Guard for BareWordRead {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let value = sent.as_ref().ok().and_then(|answer| serde_json::from_slice::<Value>(&answer.body).ok());
        let is_allowed = match value {
            Some(Value::String(word)) => word == "ALLOW",
            Some(Value::Bool(allowed)) => allowed,
            Some(Value::Array(items)) => items.first().is_some_and(|item| item["decision"] == "ALLOW"),
            _ => false,
        };
        if is_allowed { Ok(Object::default().with("decision", "ALLOW")) } else { Honest.judge(config, question, sent) }
    }
}
