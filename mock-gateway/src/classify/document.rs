//! Findings in JSON text, at their places in that text: in keys, strings, numbers, and in JSON that
//! stands inside strings. Only places; the forms are the siblings'.

use super::{Finding, findings, name, url};
use crate::classify::Class;
use crate::json::{Json, Literal};

/// How deep JSON inside strings is followed.
const NESTED: usize = 4;

/// One string, key or number in which something was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// What it is.
    pub place: Place,
    /// What was found in it, in order.
    pub findings: Vec<Finding>,
}

/// What a finding stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A string that is a value.
    Value,
    /// A string that is a key.
    Key,
    /// A number, which is found as a whole, inside as many strings as said.
    Number(usize),
}

/// Everything found in JSON text, which must have passed [`Json::parse`].
#[must_use]
pub fn document(text: &str) -> Vec<Field> {
    walk(text, 0)
}

fn walk(text: &str, depth: usize) -> Vec<Field> {
    let bytes = text.as_bytes();
    let mut fields = Vec::new();
    let (mut at, mut key) = (0, None);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let end = end_of_string(bytes, at);
                let literal = Literal::read(&text[at..end]);
                let is_key = bytes[end..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
                string(&literal, at, is_key, key.as_ref(), depth, &mut fields);
                key = is_key.then_some(literal);
                at = end;
            }
            b'-' | b'0'..=b'9' => {
                let length = bytes[at..].iter().position(|byte| b",]} \t\r\n".contains(byte));
                let end = at + length.unwrap_or(bytes.len() - at);
                let digits = &text[at..end];
                let named = key.take().is_some_and(|key| name::gives_away(key.text(), digits));
                let class = findings(digits).first().map(|finding| finding.class);
                if let Some(class) = named.then_some(Class::Secrets).or(class) {
                    // A number that is a card number has no digits that could stay.
                    fields
                        .push(Field { place: Place::Number(depth), findings: vec![Finding { range: at..end, class }] });
                }
                at = end;
            }
            _ => {
                if matches!(byte, b'{' | b'[' | b',') {
                    key = None;
                }
                at += 1;
            }
        }
    }
    fields
}

fn string(
    literal: &Literal<'_>,
    start: usize,
    is_key: bool,
    key: Option<&Literal<'_>>,
    depth: usize,
    fields: &mut Vec<Field>,
) {
    let text = literal.text();
    let moved = |finding: Finding| Finding {
        range: start + literal.place(finding.range.start)..start + literal.place(finding.range.end),
        ..finding
    };
    if !is_key && key.is_some_and(|key| name::gives_away(key.text(), text)) {
        let whole = Finding { range: 0..text.len(), class: Class::Secrets };
        fields.push(Field { place: Place::Value, findings: vec![moved(whole)] });
        return;
    }
    if !is_key && depth < NESTED && is_document(text) {
        let inner = walk(text, depth + 1);
        fields.extend(
            inner
                .into_iter()
                .map(|Field { place, findings }| Field { place, findings: findings.into_iter().map(moved).collect() }),
        );
        return;
    }
    let found = if text.contains('%') && text.contains("://") { url(text) } else { findings(text) };
    if !found.is_empty() {
        let place = if is_key { Place::Key } else { Place::Value };
        fields.push(Field { place, findings: found.into_iter().map(moved).collect() });
    }
}

/// Whether a string is itself JSON text with fields.
fn is_document(text: &str) -> bool {
    let trimmed = text.trim();
    let ends = [('{', '}'), ('[', ']')];
    ends.iter().any(|(first, last)| trimmed.starts_with(*first) && trimmed.ends_with(*last))
        && Json::parse(text.as_bytes()).is_ok()
}

fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += 1 + usize::from(bytes[at] == b'\\');
    }
    (at + 1).min(bytes.len())
}
