//! A guard that cleans text before it asks, and so hides what the tool is going to get.

use serde_json::value::RawValue;

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::json::{raw, rebuilt};
use crate::question::{Call, Failure, Question};

/// Marks, embeddings, overrides and isolates (Unicode, UAX #9).
const BIDIRECTIONAL: [char; 12] = [
    '\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}',
    '\u{2067}', '\u{2068}', '\u{2069}',
];

pub(crate) struct UnicodeStripped;

impl Guard for UnicodeStripped {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut question = Honest.ask(config, call)?;
        if let Some(body) = question.body.get("body") {
            let other = rebuilt(body, &|value, _| stripped(value));
            question.body.set("body", other);
        }
        Ok(question)
    }
}

/// A string without its control and bidirectional characters, when it has any.
fn stripped(value: &RawValue) -> Option<Box<RawValue>> {
    let text: String = serde_json::from_str(value.get()).ok()?;
    let clean = text.replace(|letter: char| letter.is_control() || BIDIRECTIONAL.contains(&letter), "");
    (clean != text).then(|| raw(clean))
}
