//! A guard whose parser knows numbers that JSON does not, and writes them as null.

use crate::guard::{Guard, Honest};
use crate::message::{Message, Refusal};

const NO_NUMBERS: [&str; 3] = ["-Infinity", "Infinity", "NaN"];

pub(crate) struct NanAsNull;

impl Guard for NanAsNull {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        Honest.read(&nulled(line))
    }
}

/// The line with `null` for each number that is none, outside strings.
pub(crate) fn nulled(line: &[u8]) -> Vec<u8> {
    let (mut rest, mut changed, mut quoted) = (line, Vec::new(), false);
    while let [first, after @ ..] = rest {
        let number = NO_NUMBERS.iter().find(|number| !quoted && rest.starts_with(number.as_bytes()));
        let (taken, written) = match number {
            Some(number) => (number.len(), &b"null"[..]),
            None if quoted && *first == b'\\' && !after.is_empty() => (2, &rest[..2]),
            None => (1, &rest[..1]),
        };
        quoted ^= written == b"\"";
        changed.extend_from_slice(written);
        rest = &rest[taken..];
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_becomes_null_and_text_stays() {
        let line = br#"{"NaN\\\"":[NaN,-Infinity,Infinity,-1],"a":"\\","b":NaN}"#;
        assert_eq!(nulled(line), br#"{"NaN\\\"":[null,null,null,-1],"a":"\\","b":null}"#);
    }
}
