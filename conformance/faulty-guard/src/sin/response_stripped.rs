//! A guard that reports text as its terminal could show it.

use serde_json::value::RawValue;

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::json::{raw, rebuilt};
use crate::question::{Call, Failure, Question};

pub(crate) struct ResponseStripped;

impl Guard for ResponseStripped {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut question = Honest.ask(config, call)?;
        if let Some(body) = question.body.get("response_body") {
            let plain = rebuilt(body, &|value, _| ascii(value));
            question.body.set("response_body", plain);
        }
        Ok(question)
    }
}

/// A string without what is not ASCII.
fn ascii(value: &RawValue) -> Option<Box<RawValue>> {
    let text: String = serde_json::from_str(value.get()).ok()?;
    Some(raw(text.replace(|letter: char| !letter.is_ascii(), "")))
}
