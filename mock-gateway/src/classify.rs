//! Secrets and PII in text, found by form alone and in one pass. What is done about them is for
//! rules and for `redact`; nothing here decides.

use std::collections::BTreeSet;
use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::json::Json;

/// A kind of content that policies speak about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
pub enum Class {
    /// Credentials: cloud and API keys, tokens, private keys.
    #[serde(rename = "SECRETS")]
    Secrets,
    /// Personal data: e-mail addresses, phone, card and social security numbers.
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

/// What a text holds.
#[must_use]
pub fn text(text: &str) -> BTreeSet<Class> {
    findings(text).into_iter().map(|finding| finding.class).collect()
}

/// Adds what a value holds, keys and the digits of numbers included.
pub fn json(value: &Json, classes: &mut BTreeSet<Class>) {
    match value {
        Json::Null | Json::Bool(_) => {}
        Json::Number(own) | Json::String(own) => classes.append(&mut text(own)),
        Json::Array(items) => items.iter().for_each(|item| json(item, classes)),
        Json::Object(members) => {
            for (key, value) in members {
                classes.append(&mut text(key));
                json(value, classes);
            }
        }
    }
}

/// Everything found, in order, nothing overlapping.
#[must_use]
pub fn findings(text: &str) -> Vec<Finding> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut at, mut free) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        let hit = if byte == b'@' {
            email(bytes, free, at).map(|range| (range, Class::Pii))
        } else if at > free && is_word(bytes[at - 1]) {
            None
        } else {
            let rest = &bytes[at..];
            let secret = || secret(rest).map(|length| (at..at + length, Class::Secrets));
            secret().or_else(|| personal(rest).map(|length| (at..at + length, Class::Pii)))
        };
        match hit {
            Some((range, class)) => {
                (at, free) = (range.end, range.end);
                found.push(Finding { range, class });
            }
            None => at += 1,
        }
    }
    found
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// How many bytes at the start of `bytes` are of this kind.
fn run(bytes: &[u8], of: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| !of(*byte)).unwrap_or(bytes.len())
}

/// A credential at the start of `bytes`, by the forms that their issuers publish.
fn secret(bytes: &[u8]) -> Option<usize> {
    let token = |prefix: &str, of: fn(u8) -> bool, least: usize| {
        let rest = bytes.strip_prefix(prefix.as_bytes())?;
        let length = run(rest, of);
        (length >= least).then_some(prefix.len() + length)
    };
    match bytes.first()? {
        b'-' => private_key(bytes),
        b'A' => ["AKIA", "ASIA"].into_iter().find_map(|prefix| {
            let length = token(prefix, |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit(), 16)?;
            let ends = bytes.get(length).is_none_or(|next| !is_word(*next));
            (length == 20 && ends).then_some(length)
        }),
        b'g' => ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"]
            .into_iter()
            .find_map(|prefix| token(prefix, |byte| byte.is_ascii_alphanumeric(), 36))
            .or_else(|| token("github_pat_", is_word, 22)),
        b'i' => ["iv_live_", "iv_eph_"].into_iter().find_map(|prefix| token(prefix, is_word, 8)),
        b's' => token("sk-", |byte| is_word(byte) || byte == b'-', 20),
        b'B' | b'b' => {
            let (scheme, rest) = bytes.split_at_checked(7)?;
            let length = run(rest, |byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte));
            (scheme.eq_ignore_ascii_case(b"bearer ") && length >= 16).then_some(7 + length)
        }
        _ => None,
    }
}

/// A PEM private key, to the end of its block or, where that was cut off, of the text.
fn private_key(bytes: &[u8]) -> Option<usize> {
    const HEADER: usize = 64;
    const TAIL: &[u8] = b"PRIVATE KEY-----";
    let rest = bytes.strip_prefix(b"-----BEGIN ")?;
    let find = |haystack: &[u8], needle: &[u8]| haystack.windows(needle.len()).position(|window| window == needle);
    find(&rest[..rest.len().min(HEADER)], TAIL)?;
    let Some(end) = find(bytes, b"-----END ") else { return Some(bytes.len()) };
    let footer = &bytes[end..bytes.len().min(end + HEADER)];
    Some(find(footer, TAIL).map_or(bytes.len(), |at| end + at + TAIL.len()))
}

/// Personal data at the start of `bytes`; addresses are found at their `@` instead.
fn personal(bytes: &[u8]) -> Option<usize> {
    match bytes.first()? {
        b'0'..=b'9' => social_security(bytes).or_else(|| card(bytes)).or_else(|| phone(bytes)),
        b'(' | b'+' => phone(bytes),
        _ => None,
    }
    .filter(|length| bytes.get(*length).is_none_or(|next| !is_word(*next)))
}

/// Reads `shape` off the bytes, `d` standing for a digit; the digits.
fn shaped(bytes: &[u8], shape: &str) -> Option<Vec<u8>> {
    let part = bytes.get(..shape.len())?;
    let fits = |(byte, form): (&u8, u8)| if form == b'd' { byte.is_ascii_digit() } else { *byte == form };
    part.iter().zip(shape.bytes()).all(fits).then(|| part.iter().copied().filter(u8::is_ascii_digit).collect())
}

/// A US social security number; area, group and serial that are never issued do not count.
fn social_security(bytes: &[u8]) -> Option<usize> {
    const SHAPE: &str = "ddd-dd-dddd";
    let digits = shaped(bytes, SHAPE)?;
    let (area, group, serial) = (&digits[..3], &digits[3..5], &digits[5..]);
    let issued = area != b"000" && area != b"666" && area[0] != b'9' && group != b"00" && serial != b"0000";
    issued.then_some(SHAPE.len())
}

/// A payment card number: 13 to 19 digits, single spaces or dashes between, right by Luhn.
fn card(bytes: &[u8]) -> Option<usize> {
    if !matches!(bytes[0], b'2'..=b'6') {
        return None;
    }
    let (mut digits, mut best, mut at) = (Vec::with_capacity(19), None, 0);
    while digits.len() < 19 {
        match bytes.get(at) {
            Some(digit @ b'0'..=b'9') => digits.push(digit - b'0'),
            Some(b' ' | b'-') if bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => {}
            _ => break,
        }
        at += 1;
        let complete = bytes[at - 1].is_ascii_digit() && !bytes.get(at).is_some_and(u8::is_ascii_digit);
        if complete && digits.len() >= 13 && luhn(&digits) {
            best = Some(at);
        }
    }
    best
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match u32::from(*digit) << (place % 2) {
            doubled if doubled > 9 => doubled - 9,
            plain => plain,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// A phone number: international with `+`, or North American with its separators.
fn phone(bytes: &[u8]) -> Option<usize> {
    if bytes[0] == b'+' {
        let (mut digits, mut end) = (0, 0);
        for (at, byte) in bytes.iter().enumerate().skip(1) {
            match byte {
                b'0'..=b'9' => (digits, end) = (digits + 1, at + 1),
                b' ' | b'-' | b'.' | b'(' | b')' if at - end < 2 => {}
                _ => break,
            }
        }
        return (8..=15).contains(&digits).then_some(end);
    }
    ["(ddd) ddd-dddd", "(ddd)ddd-dddd", "ddd-ddd-dddd", "ddd.ddd.dddd", "ddd ddd dddd"].into_iter().find_map(|shape| {
        let digits = shaped(bytes, shape)?;
        (digits[0] >= b'2' && digits[3] >= b'2').then_some(shape.len())
    })
}

/// An e-mail address around the `@` at `at`, not reaching back past `free`.
fn email(bytes: &[u8], free: usize, at: usize) -> Option<Range<usize>> {
    const LOCAL: usize = 64;
    let is_local = |byte: u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(&byte);
    let before = &bytes[free.max(at.saturating_sub(LOCAL))..at];
    let local = before.iter().rev().position(|byte| !is_local(*byte)).unwrap_or(before.len());
    let domain = &bytes[at + 1..];
    let domain = &domain[..run(domain, |byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))];
    let domain = domain.trim_ascii_end();
    let end = domain.iter().rposition(u8::is_ascii_alphanumeric)? + 1;
    let dot = domain[..end].iter().rposition(|byte| *byte == b'.')?;
    let top = &domain[dot + 1..end];
    let real = local > 0 && dot > 0 && top.len() >= 2 && top.iter().all(u8::is_ascii_alphabetic);
    real.then_some(at - local..at + 1 + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(Class, &str)> {
        findings(text).into_iter().map(|finding| (finding.class, &text[finding.range])).collect()
    }

    #[test]
    fn each_form_is_found_alone_and_inside_a_sentence() {
        let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----";
        let github = format!("ghp_{}", "a1".repeat(18));
        for (class, form) in [
            (Class::Secrets, "AKIAIOSFODNN7EXAMPLE"),
            (Class::Secrets, github.as_str()),
            (Class::Secrets, "sk-abcdefghijklmnopqrst"),
            (Class::Secrets, "iv_live_12345678"),
            (Class::Secrets, "Bearer abcdefghijklmnop"),
            (Class::Secrets, key),
            (Class::Pii, "jo.doe+x@mail.example.org"),
            (Class::Pii, "219-09-9999"),
            (Class::Pii, "4111 1111 1111 1111"),
            (Class::Pii, "5500005555555559"),
            (Class::Pii, "+41 44 668 18 00"),
            (Class::Pii, "(212) 555-0123"),
            (Class::Pii, "212-555-0123"),
        ] {
            assert_eq!(found(form), [(class, form)]);
            assert_eq!(found(&format!("say ({form}), then go")), [(class, form)]);
        }
    }

    #[test]
    fn what_only_looks_alike_is_left_alone() {
        for text in [
            "4111 1111 1111 1112",
            "1785000000000",
            "000-12-3456",
            "219-00-9999",
            "xAKIAIOSFODNN7EXAMPLE",
            "AKIAIOSFODNN7EXAMPLEX",
            "sk-short",
            "task-abcdefghijklmnopqrst",
            "bearer of news",
            "a@b",
            "@example.org",
            "me@localhost",
            "2026-01-01T00:00:00Z",
            "550e8400-e29b-41d4-a716-446655440000",
            "012-555-0123",
            "1+2 345",
            "-----BEGIN PUBLIC KEY-----",
            "",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn findings_do_not_overlap_and_keep_their_order() {
        let text = "a@b.org,c@d.org sk-abcdefghijklmnopqrst 4111111111111111 end";
        let classes: Vec<_> = found(text).into_iter().map(|(class, _)| class).collect();
        assert_eq!(classes, [Class::Pii, Class::Pii, Class::Secrets, Class::Pii]);
        assert_eq!(found("-----BEGIN PRIVATE KEY-----\nMII"), [(Class::Secrets, "-----BEGIN PRIVATE KEY-----\nMII")]);
    }

    #[test]
    fn long_texts_cost_no_more_than_their_length() {
        let started = std::time::Instant::now();
        for unit in ["a.", "1 ", "1-1", "@", "+1", "a@", "-----BEGIN ", "sk-", "(2"] {
            _ = findings(&unit.repeat(256 * 1024 / unit.len()));
        }
        assert!(started.elapsed().as_secs() < 20, "a quadratic search takes minutes here");
    }
}
