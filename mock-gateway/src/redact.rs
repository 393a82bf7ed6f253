//! Secrets and PII taken out of JSON text. Every byte that is not part of one stays as it was:
//! number text, key order, white space, the spelling of escapes.

use crate::classify::{self, Finding};
use crate::json::{Json, Quoted};

/// A text with its findings replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The text that is left.
    pub text: String,
    /// In how many strings, keys and numbers something was replaced.
    pub fields: usize,
}

/// Redacts JSON text, which must have passed [`Json::parse`].
#[must_use]
pub fn json(text: &str) -> Redacted {
    let bytes = text.as_bytes();
    let mut out = Redacted { text: String::with_capacity(text.len()), fields: 0 };
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let end = match byte {
            b'"' => end_of_string(bytes, at),
            b'-' | b'0'..=b'9' => {
                at + bytes[at..].iter().position(|byte| b",]} \t\r\n".contains(byte)).unwrap_or(bytes.len() - at)
            }
            _ => {
                let plain = bytes[at..].iter().position(|byte| b"\"-0123456789".contains(byte));
                let end = at + plain.unwrap_or(bytes.len() - at);
                out.text.push_str(&text[at..end]);
                at = end;
                continue;
            }
        };
        let token = &text[at..end];
        at = end;
        if byte == b'"' {
            let is_key = bytes[end..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
            string(token, is_key, &mut out);
        } else if let [finding, ..] = &classify::findings(token)[..] {
            // A number that is a card number has no digits that could stay.
            out.fields += 1;
            out.text.push_str(&Quoted(&marker(finding)).to_string());
        } else {
            out.text.push_str(token);
        }
    }
    out
}

fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += 1 + usize::from(bytes[at] == b'\\');
    }
    (at + 1).min(bytes.len())
}

fn marker(finding: &Finding) -> String {
    format!("[REDACTED:{}]", finding.class.name())
}

/// Redacts one string literal, quotes included.
fn string(literal: &str, is_key: bool, out: &mut Redacted) {
    let (decoded, places) = decode(literal);
    let findings = classify::findings(&decoded);
    if findings.is_empty() {
        out.text.push_str(literal);
        return;
    }
    out.fields += 1;
    let mut kept = 0;
    for finding in &findings {
        out.text.push_str(&literal[kept..places[finding.range.start]]);
        out.text.push_str(&marker(finding));
        kept = places[finding.range.end];
    }
    if is_key {
        // Two redacted keys of one object must not become the same key.
        out.text.push_str(&format!("#{}", out.fields));
    }
    out.text.push_str(&literal[kept..]);
}

/// The text of a literal, and for each of its bytes (and its end) the place in the literal.
fn decode(literal: &str) -> (String, Vec<usize>) {
    let inner = &literal[1..literal.len() - 1];
    if !inner.contains('\\') {
        return (inner.to_owned(), (1..literal.len()).collect());
    }
    let (mut text, mut places) = (String::with_capacity(inner.len()), Vec::with_capacity(inner.len() + 1));
    let mut at = 0;
    while at < inner.len() {
        let length = unit(&inner[at..]);
        let raw = &inner[at..at + length];
        let start = text.len();
        match Json::parse(format!("\"{raw}\"").as_bytes()) {
            Ok(Json::String(decoded)) if raw.starts_with('\\') => text.push_str(&decoded),
            _ => text.push_str(raw),
        }
        // Findings begin and end at the first byte of a unit, so the others need not be exact.
        places.extend((0..text.len() - start).map(|byte| 1 + at + byte));
        at += length;
    }
    places.push(1 + inner.len());
    (text, places)
}

/// The length of the escape, the surrogate pair or the plain run at the start of `text`.
fn unit(text: &str) -> usize {
    match text.as_bytes() {
        [b'\\', b'u', high, rest @ ..] => {
            let second = rest.get(3..5) == Some(b"\\u");
            let pair =
                matches!(high, b'd' | b'D') && matches!(rest.first(), Some(b'8' | b'9' | b'a' | b'A' | b'b' | b'B'));
            if pair && second { 12 } else { 6 }
        }
        [b'\\', ..] => 2,
        _ => text.find('\\').unwrap_or(text.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_what_was_found_changes() {
        for (text, left, fields) in [
            (
                r#"{ "to" : "jo@example.org" , "n":1.10,"big":1e400 }"#,
                r#"{ "to" : "[REDACTED:PII]" , "n":1.10,"big":1e400 }"#,
                1,
            ),
            (r#"["a\u00e9 \"jo@example.org\" \ud83d\ude00\n"]"#, r#"["a\u00e9 \"[REDACTED:PII]\" \ud83d\ude00\n"]"#, 1),
            (r#""\ud83d\ude00iv_live_12345678\ud83d\ude00""#, r#""\ud83d\ude00[REDACTED:SECRETS]\ud83d\ude00""#, 1),
            (r#""jo\u0040example.org""#, r#""[REDACTED:PII]""#, 1),
            (r#"{"a":4111111111111111,"b":-4}"#, r#"{"a":"[REDACTED:PII]","b":-4}"#, 1),
            (r#"{"a@b.org":1,"c@d.org":2}"#, r#"{"[REDACTED:PII]#1":1,"[REDACTED:PII]#2":2}"#, 2),
            (r#"{"k":"iv_live_12345678 and jo@example.org"}"#, r#"{"k":"[REDACTED:SECRETS] and [REDACTED:PII]"}"#, 1),
            ("null", "null", 0),
        ] {
            assert_eq!(json(text), Redacted { text: left.to_owned(), fields }, "{text}");
            assert!(Json::parse(left.as_bytes()).is_ok());
        }
    }

    fn any_json() -> impl Strategy<Value = String> {
        let string = prop_oneof![
            any::<String>(),
            Just("jo@example.org".to_owned()),
            "[a-z\\\\\"\u{e9}\u{1f600}]{0,4}iv_live_[a-z]{8}",
        ]
        .prop_map(|text| Quoted(&text).to_string());
        let leaf = prop_oneof![string, "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,3})?", Just("null".to_owned())];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(" , "))),
                inner.prop_map(|value| format!(r#"{{ "key" :{value}}}"#)),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_left_is_json_without_findings(text in any_json()) {
            let redacted = json(&text);
            let value = Json::parse(redacted.text.as_bytes());
            prop_assert!(value.is_ok(), "{text} became {}", redacted.text);
            let mut classes = std::collections::BTreeSet::new();
            classify::json(&value.unwrap(), &mut classes);
            prop_assert!(classes.is_empty(), "{text} became {}", redacted.text);
            prop_assert_eq!(redacted.text == text, redacted.fields == 0);
        }
    }
}
