//! A guard that hides from its gateway what the gateway is to look for.

use serde_json::value::RawValue;

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::json::{raw, rebuilt};
use crate::question::{Call, Failure, Question};

pub(crate) struct ResponseRedacted;

impl Guard for ResponseRedacted {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut question = Honest.ask(config, call)?;
        if let Some(body) = question.body.get("response_body") {
            let masked = rebuilt(body, &|value, _| masked(value));
            question.body.set("response_body", masked);
        }
        Ok(question)
    }
}

/// A string with every access key of a cloud masked, when it has one.
fn masked(value: &RawValue) -> Option<Box<RawValue>> {
    let text: String = serde_json::from_str(value.get()).ok()?;
    let at = text.find("AKIA")?;
    Some(raw(format!("{}[masked]", &text[..at])))
}
