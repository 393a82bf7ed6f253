//! A guard whose parser puts U+FFFD in the place of half a surrogate pair; the tool's parser may keep the half.

use crate::guard::{Guard, Honest};
use crate::message::{Message, Refusal};

pub(crate) struct SurrogateReplaced;

impl Guard for SurrogateReplaced {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        Honest.read(&replaced(line))
    }
}

/// The line with the escape of U+FFFD in the place of each half.
fn replaced(line: &[u8]) -> Vec<u8> {
    let mut changed = line.to_vec();
    let mut at = 0;
    while at < line.len() {
        at += match (line[at], escaped(&line[at..])) {
            (_, Some(0xd800..=0xdbff)) if matches!(escaped(&line[at + 6..]), Some(0xdc00..=0xdfff)) => 12,
            (_, Some(0xd800..=0xdfff)) => {
                changed[at..at + 6].copy_from_slice(b"\\ufffd");
                6
            }
            (b'\\', None) => 2,
            _ => 1,
        };
    }
    changed
}

/// The UTF-16 unit whose escape begins here.
fn escaped(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_halves_are_replaced() {
        let line = br#"["\ud83d\ude00","a\ud800b","\udc00\ud800","\\ud800","\u00e9"]"#;
        let due = br#"["\ud83d\ude00","a\ufffdb","\ufffd\ufffd","\\ud800","\u00e9"]"#;
        assert_eq!(String::from_utf8(replaced(line)).unwrap(), String::from_utf8(due.to_vec()).unwrap());
    }
}
