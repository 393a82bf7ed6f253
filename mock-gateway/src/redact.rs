//! Secrets and PII taken out of text, URLs and JSON text. Every byte that is not part of one stays
//! as it was: number text, key order, white space, the spelling of escapes.

use crate::classify::{self, Class, Field, Finding, Place};

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
    to_the_end(text, document)
}

/// Redacts a URL, its query and its user information included.
#[must_use]
pub fn url(url: &str) -> Redacted {
    to_the_end(url, |url| plain(url, &classify::url(url)))
}

/// Redacts plain text.
#[must_use]
pub fn text(text: &str) -> Redacted {
    to_the_end(text, |text| plain(text, &classify::findings(text)))
}

/// Redacts the value of a header, all of it where the name is one of a secret.
#[must_use]
pub fn header(name: &str, value: &str) -> Redacted {
    if classify::is_secret_name(name) { Redacted { text: marker(Class::Secrets), fields: 1 } } else { text(value) }
}

/// Redacts what is left again, until nothing is found in it. One thing may hide another: a token the address before its
/// dash, a private key in lines that the text around it is JSON. Each pass takes bytes that none puts back.
fn to_the_end(text: &str, pass: impl Fn(&str) -> Redacted) -> Redacted {
    let mut redacted = pass(text);
    let mut found = redacted.fields;
    while found > 0 {
        Redacted { text: redacted.text, fields: found } = pass(&redacted.text);
    }
    redacted
}

fn document(text: &str) -> Redacted {
    let found = classify::document(text);
    let mut left = String::with_capacity(text.len());
    let mut kept = 0;
    let mut numbers = first_number(text)..;
    for Field { place, findings } in &found {
        // Two redacted keys of one object must not become the same key.
        let number = if *place == Place::Key { numbers.next() } else { None };
        for Finding { range, class } in findings {
            left.push_str(&text[kept..range.start]);
            let marker = marker(*class);
            match (place, number) {
                // A text takes the place of a number, with the quotes of as many strings as there are.
                (Place::Number(depth), _) => {
                    let quote = format!("{}\"", "\\".repeat((1 << depth) - 1));
                    left.push_str(&format!("{quote}{marker}{quote}"));
                }
                // Inside the brackets, so that it is no part of what stands beside them.
                (_, Some(number)) => left.push_str(&marker.replace(']', &format!("-{number}]"))),
                (_, None) => left.push_str(&marker),
            }
            kept = range.end;
        }
    }
    left.push_str(&text[kept..]);
    Redacted { text: left, fields: found.len() }
}

/// The first number for a key that is greater than those of a text that was redacted before.
fn first_number(text: &str) -> u64 {
    let number = |marker: &str| marker.split_once(']')?.0.split_once('-')?.1.parse::<u32>().ok();
    1 + text.split("[REDACTED:").skip(1).filter_map(number).max().map_or(0, u64::from)
}

fn plain(text: &str, findings: &[Finding]) -> Redacted {
    let (mut left, mut kept) = (String::with_capacity(text.len()), 0);
    for Finding { range, class } in findings {
        left.push_str(&text[kept..range.start]);
        left.push_str(&marker(*class));
        kept = range.end;
    }
    left.push_str(&text[kept..]);
    Redacted { text: left, fields: usize::from(!findings.is_empty()) }
}

fn marker(class: Class) -> String {
    format!("[REDACTED:{}]", class.name())
}

#[cfg(test)]
mod tests;
