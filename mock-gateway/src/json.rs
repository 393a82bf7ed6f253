//! JSON kept exactly: number text as written, object keys in their order, duplicate keys refused.
//! What lives here is what a judge needs to say "the same value, the same digits". Never a wire
//! type, and never `serde_json::Value`, which rewrites numbers.

mod literal;
mod parser;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::mem;
use std::ops::Range;

pub(crate) use literal::Literal;
use parser::Parser;

/// The deepest nesting that [`Json::parse`] follows.
pub const MAX_DEPTH: usize = 512;

/// One JSON value, exact.
///
/// Two values are equal when they are the same JSON value with the same number text; the order of
/// object keys does not matter.
#[derive(Debug, Clone)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// The text of a number as it was written: `1.10`, `1e400`, `-0`.
    Number(String),
    /// A string, unescaped.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object, keys in the order written, no key twice.
    Object(Vec<(String, Json)>),
}

/// One member of an object: its key, its value, and the value's place in the text.
pub(crate) type Member = (String, Json, Range<usize>);

/// Why a text is not strict JSON, and at which byte.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at}")]
pub struct JsonError {
    /// What was wrong there.
    pub what: &'static str,
    /// Offset from the start of the text, in bytes.
    pub at: usize,
}

impl Json {
    /// Reads exactly one value; only white space may surround it.
    ///
    /// # Errors
    /// Anything RFC 8259 forbids, and besides: a key twice in one object, a lone surrogate, nesting
    /// past [`MAX_DEPTH`].
    pub fn parse(text: &[u8]) -> Result<Self, JsonError> {
        let text =
            std::str::from_utf8(text).map_err(|error| JsonError { what: "invalid UTF-8", at: error.valid_up_to() })?;
        let mut parser = Parser { text, at: 0 };
        parser.space();
        let value = parser.value(0)?;
        parser.space();
        if parser.at < text.len() {
            return parser.fail("text after the value");
        }
        Ok(value)
    }

    /// The members of one object, each with its place in `text`; the value itself when it is none.
    ///
    /// # Errors
    /// What [`Json::parse`] refuses.
    pub(crate) fn members(text: &[u8]) -> Result<Result<Vec<Member>, Self>, JsonError> {
        let text =
            std::str::from_utf8(text).map_err(|error| JsonError { what: "invalid UTF-8", at: error.valid_up_to() })?;
        let mut parser = Parser { text, at: 0 };
        parser.space();
        if !text[parser.at..].starts_with('{') {
            return Self::parse(text.as_bytes()).map(Err);
        }
        let members = parser.members(0)?;
        parser.space();
        if parser.at < text.len() { parser.fail("text after the value") } else { Ok(Ok(members)) }
    }

    /// The member of an object; `None` for other values too.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The value at an RFC 6901 pointer; the empty pointer is the value itself.
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> Option<&Self> {
        let Some(path) = pointer.strip_prefix('/') else { return pointer.is_empty().then_some(self) };
        path.split('/').try_fold(self, |value, token| {
            let token = token.replace("~1", "/").replace("~0", "~");
            match value {
                Self::Array(items) => items.get(token.parse::<usize>().ok()?),
                other => other.get(&token),
            }
        })
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value of a boolean.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The items of an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The members of an object, in the order written.
    #[must_use]
    pub fn as_object(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Compact text with sorted keys: the same for two equal values.
    #[must_use]
    pub fn canonical(&self) -> String {
        self.sorted().to_string()
    }

    fn sorted(&self) -> Self {
        match self {
            Self::Array(items) => Self::Array(items.iter().map(Self::sorted).collect()),
            Self::Object(members) => {
                let mut members: Vec<_> = members.iter().map(|(key, value)| (key.clone(), value.sorted())).collect();
                members.sort_by(|a, b| a.0.cmp(&b.0));
                Self::Object(members)
            }
            other => other.clone(),
        }
    }

    /// What kind of value this is, in the words of the specification.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) | (Self::String(a), Self::String(b)) => a == b,
            (Self::Array(a), Self::Array(b)) => a == b,
            (Self::Object(a), Self::Object(b)) => {
                a.len() == b.len() && {
                    let (mut a, mut b): (Vec<_>, Vec<_>) = (a.iter().collect(), b.iter().collect());
                    a.sort_by(|x, y| x.0.cmp(&y.0));
                    b.sort_by(|x, y| x.0.cmp(&y.0));
                    a == b
                }
            }
            _ => false,
        }
    }
}

impl Eq for Json {}

/// Equal values have equal hashes: the order of object keys does not matter.
impl Hash for Json {
    fn hash<H: Hasher>(&self, state: &mut H) {
        mem::discriminant(self).hash(state);
        match self {
            Self::Null => {}
            Self::Bool(value) => value.hash(state),
            Self::Number(text) | Self::String(text) => text.hash(state),
            Self::Array(items) => items.hash(state),
            Self::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                members.sort_by(|a, b| a.0.cmp(&b.0));
                members.hash(state);
            }
        }
    }
}

/// Compact JSON; number text as written.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(text) => f.write_str(text),
            Self::String(text) => write!(f, "{}", Quoted(text)),
            Self::Array(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        f.write_str(",")?;
                    }
                    write!(f, "{item}")?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (index, (key, value)) in members.iter().enumerate() {
                    if index > 0 {
                        f.write_str(",")?;
                    }
                    write!(f, "{}:{value}", Quoted(key))?;
                }
                f.write_str("}")
            }
        }
    }
}

/// A text as a JSON string, quotes included; only what must be escaped is.
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        let mut plain = 0;
        for (at, byte) in self.0.bytes().enumerate().filter(|(_, byte)| matches!(byte, b'"' | b'\\' | 0..=0x1f)) {
            f.write_str(&self.0[plain..at])?;
            plain = at + 1;
            match byte {
                b'"' => f.write_str("\\\"")?,
                b'\\' => f.write_str("\\\\")?,
                b'\n' => f.write_str("\\n")?,
                b'\r' => f.write_str("\\r")?,
                b'\t' => f.write_str("\\t")?,
                control => write!(f, "\\u{control:04x}")?,
            }
        }
        f.write_str(&self.0[plain..])?;
        f.write_str("\"")
    }
}

/// YAML and `serde_json` values enter here; number text is what `serde_json` prints for them.
impl From<&serde_json::Value> for Json {
    fn from(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => Self::Number(number.to_string()),
            serde_json::Value::String(text) => Self::String(text.clone()),
            serde_json::Value::Array(items) => Self::Array(items.iter().map(Self::from).collect()),
            serde_json::Value::Object(members) => {
                Self::Object(members.iter().map(|(key, value)| (key.clone(), Self::from(value))).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests;
