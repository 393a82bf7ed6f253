//! Secrets and PII taken out of text, URLs and JSON text. Every byte that is not part of one stays
//! as it was: number text, key order, white space, the spelling of escapes.

use crate::classify::{self, Class, Field, Finding, Left, Place};

/// A text with its findings replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The text that is left.
    pub text: String,
    /// In how many strings, keys and numbers something was replaced.
    pub fields: usize,
}

/// Redacts JSON text, which must have passed [`Json::parse`](crate::json::Json::parse).
#[must_use]
pub fn json(text: &str) -> Redacted {
    let found = classify::document(text);
    let mut left = String::with_capacity(text.len());
    let mut kept = 0;
    // Not those of a text that was redacted before.
    let marked = text.contains("[REDACTED:");
    let mut numbers = (1_usize..).map(|number| format!("#{number}]")).filter(|end| !(marked && text.contains(end)));
    for Field { place, findings } in &found {
        // Two redacted keys of one object must not become the same key.
        let end = if *place == Place::Key { numbers.next() } else { None };
        for Finding { range, class } in findings {
            left.push_str(&text[kept..range.start]);
            let marker = class.marker();
            match (place, &end) {
                // A text takes the place of a number, with the quotes of as many strings as there are.
                (Place::Number(depth), _) => {
                    let quote = format!("{}\"", "\\".repeat((1 << depth) - 1));
                    left.push_str(&format!("{quote}{marker}{quote}"));
                }
                // Inside the brackets, so that it is no part of what stands beside them.
                (_, Some(end)) => left.push_str(&marker.replace(']', end)),
                (_, None) => left.push_str(marker),
            }
            kept = range.end;
        }
    }
    left.push_str(&text[kept..]);
    Redacted { text: left, fields: found.len() }
}

/// Redacts a URL, its query and its user information included.
#[must_use]
pub fn url(url: &str) -> Redacted {
    plain(url, &classify::url(url))
}

/// Redacts plain text.
#[must_use]
pub fn text(text: &str) -> Redacted {
    plain(text, &classify::findings(text))
}

/// Redacts the value of a header, all of it where the name is one of a secret.
#[must_use]
pub fn header(name: &str, value: &str) -> Redacted {
    if classify::is_secret_name(name) {
        Redacted { text: Class::Secrets.marker().to_owned(), fields: 1 }
    } else {
        text(value)
    }
}

fn plain(text: &str, findings: &[Finding]) -> Redacted {
    Redacted { text: Left::of(text, findings).text, fields: usize::from(!findings.is_empty()) }
}

#[cfg(test)]
mod tests;
