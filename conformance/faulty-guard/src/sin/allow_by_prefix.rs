//! A guard that reads the beginning of a decision and guesses the rest.

use serde_json::Value;

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};

pub(crate) struct AllowByPrefix;

impl Guard for AllowByPrefix {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let value = sent.as_ref().ok().and_then(|answer| serde_json::from_slice::<Value>(&answer.body).ok());
        let decision = value.map(|value| value["decision"].clone()).unwrap_or_default();
        match decision.as_str() {
            Some(word) if word.starts_with("ALLOW") && word != "ALLOW" => {
                Ok(Object::default().with("decision", "ALLOW"))
            }
            _ => Honest.judge(config, question, sent),
        }
    }
}
