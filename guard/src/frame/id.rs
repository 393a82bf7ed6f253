//! What ties an answer to its request. Kept as JSON text, so that it goes back with its own type and
//! every digit; never a float, never a 64-bit integer.

use std::fmt;

use crate::json::{Document, Kind, Value};

/// The id of a request: a string or an integer of any size (MCP 2025-11-25, basic).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Id(Box<str>);

impl Id {
    /// The id that stands there; `None` for what MCP does not allow: null, fractions, exponents.
    #[must_use]
    pub fn read(value: Value<'_>) -> Option<Self> {
        match value.kind() {
            Kind::Number if !value.raw().contains(['.', 'e', 'E']) => Some(Self(value.raw().into())),
            // Two spellings of one string are one id.
            Kind::String => value.as_str().map(|text| Self(serde_json::Value::from(text).to_string().into())),
            _ => None,
        }
    }

    /// The id of a text that holds nothing else.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        Self::read(Document::read(text, 0).ok()?.root())
    }

    /// The id as JSON.
    #[must_use]
    pub fn as_json(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_keeps_its_type_and_its_digits() {
        for text in ["0", "-1", "9007199254740993", "18446744073709551616", "\"a\"", "\"1\"", "\"\""] {
            assert_eq!(Id::parse(text.as_bytes()).unwrap().as_json(), text);
        }
        assert_ne!(Id::parse(b"1"), Id::parse(b"\"1\""));
        assert_eq!(Id::parse(br#""\u0061""#), Id::parse(b"\"a\""));
    }

    #[test]
    fn what_is_no_id_is_not_read_as_one() {
        for text in ["null", "1.0", "1e2", "true", "{}", "[1]", "1 2", "", "\"a"] {
            assert_eq!(Id::parse(text.as_bytes()), None, "{text}");
        }
    }
}
