//! Secrets and PII in text, found by their forms and by the names they stand under. What is done
//! about them is for rules and for `redact`; nothing here decides.

mod document;
mod name;
mod personal;
mod secret;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fidelity::{Behaviour, Mark};

pub use document::{Field, Place, document};
pub use name::is_secret as is_secret_name;

pub(crate) const BEHAVIOURS: &[Behaviour] = &[
    Behaviour::new("classify.names", Mark::Documented, "classifications are named SECRETS, PII, PHI, INTERNAL"),
    Behaviour::new(
        "classify.forms",
        Mark::Assumed,
        "SECRETS are published token forms and values under names such as `password`; PII is e-mail, phone, card, IBAN and identity numbers that pass their checks; PHI and INTERNAL are never found",
    ),
    Behaviour::new(
        "classify.where",
        Mark::Assumed,
        "the URL and the body are classified, the headers of the call are not",
    ),
];

/// A kind of content that policies speak about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
pub enum Class {
    /// Credentials: cloud and API keys, tokens, passwords, private keys.
    #[serde(rename = "SECRETS")]
    Secrets,
    /// Personal data: e-mail addresses, phone, card, account and identity numbers.
    #[serde(rename = "PII")]
    Pii,
}

impl Class {
    /// The name on the wire and in scenarios.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Secrets => "SECRETS",
            Self::Pii => "PII",
        }
    }
}

/// Where something was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The bytes of the text.
    pub range: Range<usize>,
    /// What they are.
    pub class: Class,
}

/// What a URL holds.
#[must_use]
pub fn in_url(text: &str) -> BTreeSet<Class> {
    url(text).into_iter().map(|finding| finding.class).collect()
}

/// What JSON text holds, which must have passed [`Json::parse`](crate::json::Json::parse).
#[must_use]
pub fn in_document(text: &str) -> BTreeSet<Class> {
    document(text).into_iter().flat_map(|field| field.findings).map(|finding| finding.class).collect()
}

/// Everything found in plain text, in order, nothing overlapping.
#[must_use]
pub fn findings(text: &str) -> Vec<Finding> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    // Up to `free`, everything belongs to a finding already.
    let (mut at, mut free) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        let hit = match byte {
            b'@' => personal::email(bytes, free, at).map(|range| (range, Class::Pii)),
            b'=' | b':' => name::value(bytes, free, at).map(|range| (range, Class::Secrets)),
            _ if at > free && is_word(bytes[at - 1]) => None,
            _ => {
                let rest = &bytes[at..];
                let secret = secret::length(rest).map(|length| (at..at + length, Class::Secrets));
                secret.or_else(|| personal::length(bytes, at).map(|length| (at..at + length, Class::Pii)))
            }
        };
        match hit {
            Some((range, class)) => {
                // Before the password of a URL stands a user, whose name may be an address.
                let before = findings(text.get(at..range.start).unwrap_or_default()).into_iter();
                found.extend(
                    before.map(|Finding { range, class }| Finding { range: at + range.start..at + range.end, class }),
                );
                (at, free) = (range.end, range.end);
                found.push(Finding { range, class });
            }
            None => at += 1,
        }
    }
    found
}

/// Everything found in a URL, percent-encoded parts included.
#[must_use]
pub fn url(text: &str) -> Vec<Finding> {
    let (Cow::Owned(decoded), places) = percent_decoded(text) else { return findings(text) };
    let place = |finding: Finding| Finding { range: places[finding.range.start]..places[finding.range.end], ..finding };
    findings(&decoded).into_iter().map(place).collect()
}

/// The text with `%40` and its like replaced, and for each of its bytes (and its end) the place
/// before. What would be no UTF-8 stays as it is.
fn percent_decoded(text: &str) -> (Cow<'_, str>, Vec<usize>) {
    let bytes = text.as_bytes();
    let (mut decoded, mut places, mut at) = (Vec::with_capacity(bytes.len()), Vec::with_capacity(bytes.len() + 1), 0);
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut changed = false;
    while at < bytes.len() {
        places.push(at);
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            // Only ASCII is decoded: no form that is looked for needs more.
            (b'%', Some(high @ 0..8), Some(low)) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap_or(b'%'));
                (at, changed) = (at + 3, true);
            }
            (byte, ..) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    places.push(at);
    match String::from_utf8(decoded) {
        Ok(decoded) if changed => (Cow::Owned(decoded), places),
        _ => (Cow::Borrowed(text), places),
    }
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The longest token that is looked for; a bound, so that no text costs more than its length.
const LONGEST: usize = 512;

/// How many bytes at the start of `bytes` are of this kind; more than [`LONGEST`] are not counted.
fn run(bytes: &[u8], of: impl Fn(u8) -> bool) -> usize {
    let near = &bytes[..bytes.len().min(LONGEST + 1)];
    near.iter().position(|byte| !of(*byte)).unwrap_or(near.len())
}

#[cfg(test)]
mod tests;
