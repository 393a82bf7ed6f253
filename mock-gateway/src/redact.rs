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
        // Inside a plain run bytes correspond one to one; an escape is one place.
        places.extend((0..text.len() - start).map(|byte| 1 + at + if raw.starts_with('\\') { 0 } else { byte }));
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
