//! A guard that compares words in any case, and hands on the one that came.

use serde_json::Value;

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};

pub(crate) struct DecisionAsSpelled;

impl Guard for DecisionAsSpelled {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let value = sent.as_ref().ok().and_then(|answer| serde_json::from_slice::<Value>(&answer.body).ok());
        let decision = value.map(|value| value["decision"].clone()).unwrap_or_default();
        match decision.as_str() {
            Some(word) if word != "ALLOW" && word.trim().eq_ignore_ascii_case("ALLOW") => {
                Ok(Object::default().with("decision", word))
            }
            _ => Honest.judge(config, question, sent),
        }
    }
}
