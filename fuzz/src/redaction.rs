//! What is taken out of bodies before they are kept or sent on. Never what is to be taken out.

use guard_conformance::generate::secret::Planted;
use guard_conformance::generate::{Choices, json};
use mock_gateway::json::Json;
use mock_gateway::{classify, redact};

/// A redacted body holds no secret, in no field and in no escape, and everything else is as it was:
/// digits, order, and what stands around a secret. The choices make the document and its spelling.
///
/// # Panics
/// When a secret is left, or something else is touched.
pub fn redaction_takes_secrets_alone(choices: &[u8]) {
    let mut choices = Choices::new(choices);
    let planted = Planted::choose(&mut choices);
    let text = json::spell(&planted.value, &mut choices);
    let redacted = redact::json(&text).text;
    let left = Json::parse(redacted.as_bytes());
    let left = left.unwrap_or_else(|error| panic!("{text} became {redacted}, which is no JSON ({error})"));
    let unescaped = unescaped(&left);
    for secret in &planted.secrets {
        assert!(!unescaped.contains(secret.as_str()), "{secret} is left of {text}: {redacted}");
    }
    let is_mark = |mark: &str| ["[REDACTED:SECRETS]", "[REDACTED:PII]"].contains(&mark);
    assert!(planted.is_all_but_secrets(&left, is_mark), "{text} became {redacted}: more than its secrets is gone");
}

/// What is left of any JSON text is JSON, nothing is found in it any more, and where nothing was found
/// nothing is changed.
///
/// # Panics
/// Where one of the three does not hold.
pub fn redaction_leaves_nothing_to_find(text: &[u8]) {
    if Json::parse(text).is_err() {
        return;
    }
    let text = std::str::from_utf8(text).expect("what is read as JSON is UTF-8");
    let redacted = redact::json(text);
    assert!(Json::parse(redacted.text.as_bytes()).is_ok(), "{text} became {}", redacted.text);
    let again = classify::document(&redacted.text);
    assert!(again.is_empty(), "{text} became {}, in which is found {again:?}", redacted.text);
    assert_eq!(redacted.text == text, redacted.fields == 0, "{text} became {}", redacted.text);
}

/// All texts of a value, one after the other.
fn unescaped(value: &Json) -> String {
    match value {
        Json::String(text) | Json::Number(text) => text.clone() + "\n",
        Json::Array(items) => items.iter().map(unescaped).collect(),
        Json::Object(members) => members.iter().map(|(key, value)| key.clone() + "\n" + &unescaped(value)).collect(),
        Json::Null | Json::Bool(_) => String::new(),
    }
}
