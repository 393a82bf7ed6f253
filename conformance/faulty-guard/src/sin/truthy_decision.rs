//! A guard that asks whether there is a decision, not which.

use serde_json::Value;

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};

pub(crate) struct TruthyDecision;

impl Guard for TruthyDecision {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let value = sent.as_ref().ok().and_then(|answer| serde_json::from_slice::<Value>(&answer.body).ok());
        let decision = value.map(|value| value["decision"].clone()).unwrap_or_default();
        let is_truthy = match decision {
            Value::Bool(decision) => decision,
            Value::Number(number) => number.as_f64() != Some(0.0),
            Value::Array(_) | Value::Object(_) => true,
            Value::Null | Value::String(_) => false,
        };
        if is_truthy { Ok(Object::default().with("decision", "ALLOW")) } else { Honest.judge(config, question, sent) }
    }
}
