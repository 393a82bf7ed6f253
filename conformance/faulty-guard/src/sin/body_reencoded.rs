//! A guard that reads the body into a value of its language and writes it again, so that 1.10 becomes
//! 1.1 and keys are sorted.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::config::Config;
use crate::guard::Guard;
use crate::json::{Object, raw};
use crate::question::{Call, Failure, Question};

pub(crate) struct BodyReencoded;

impl Guard for BodyReencoded {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut question = Question::build(config, call)?;
        if let Some(body) = question.body.get("body").map(reencoded) {
            question.body.set("body", body);
        }
        Ok(question)
    }
}

/// The value after a journey through 64-bit floats and sorted maps; what is no finite float
/// becomes `null`, as `JSON.stringify` has it.
pub(super) fn reencoded(value: &RawValue) -> Box<RawValue> {
    let text = value.get();
    match text.as_bytes()[0] {
        b'{' => {
            let members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text).unwrap_or_default();
            let add = |object: Object, (key, value): (String, Box<RawValue>)| object.with(&key, reencoded(&value));
            raw(members.into_iter().fold(Object::default(), add))
        }
        b'[' => {
            let items: Vec<Box<RawValue>> = serde_json::from_str(text).unwrap_or_default();
            raw(items.iter().map(|item| reencoded(item)).collect::<Vec<_>>())
        }
        b'"' => raw(serde_json::from_str::<String>(text).unwrap_or_default()),
        b'-' | b'0'..=b'9' => {
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
            let shortest = number.and_then(|number| RawValue::from_string(number.to_string()).ok());
            shortest.unwrap_or_else(|| raw(()))
        }
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_order_and_escapes_are_lost_on_the_way() {
        let value = RawValue::from_string(r#"{"b":[1.10,1e2,1e400],"a":"\u0041","c":null}"#.into()).unwrap();
        assert_eq!(reencoded(&value).get(), r#"{"a":"A","b":[1.1,100,null],"c":null}"#);
    }
}
