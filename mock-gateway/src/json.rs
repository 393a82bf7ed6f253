//! JSON kept exactly: number text as written, object keys in their order, duplicate keys refused.
//! What lives here is what a judge needs to say "the same value, the same digits". Never a wire
//! type, and never `serde_json::Value`, which rewrites numbers.

use std::fmt;

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

    /// The bytes of one member of the object that `text` is, exactly as they were sent.
    ///
    /// `None` when `text` is no object or has no such member. The text must have passed
    /// [`Json::parse`].
    #[must_use]
    pub fn raw_member<'a>(text: &'a str, key: &str) -> Option<&'a str> {
        let mut parser = Parser { text, at: 0 };
        parser.space();
        if !parser.take(b'{') {
            return None;
        }
        loop {
            parser.space();
            let name = parser.string().ok()?;
            parser.space();
            parser.take(b':');
            parser.space();
            let start = parser.at;
            parser.value(1).ok()?;
            if name == key {
                return Some(&text[start..parser.at]);
            }
            parser.space();
            if !parser.take(b',') {
                return None;
            }
        }
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

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn fail<T>(&self, what: &'static str) -> Result<T, JsonError> {
        Err(JsonError { what, at: self.at })
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, JsonError> {
        if depth > MAX_DEPTH {
            return self.fail("nesting too deep");
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Json::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            Some(_) => self.fail("no JSON value starts like this"),
            None => self.fail("the text ends where a value is due"),
        }
    }

    fn word(&mut self, word: &'static str, value: Json) -> Result<Json, JsonError> {
        if self.text[self.at..].starts_with(word) {
            self.at += word.len();
            Ok(value)
        } else {
            self.fail("no JSON value starts like this")
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, JsonError> {
        self.at += 1;
        let mut members: Vec<(String, Json)> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        self.space();
        if self.take(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return self.fail("an object key must be a string");
            }
            let start = self.at;
            let key = self.string()?;
            if !seen.insert(key.clone()) {
                return Err(JsonError { what: "a key twice in one object", at: start });
            }
            self.space();
            if !self.take(b':') {
                return self.fail("a colon is due after the key");
            }
            self.space();
            members.push((key, self.value(depth + 1)?));
            self.space();
            if self.take(b'}') {
                return Ok(Json::Object(members));
            }
            if !self.take(b',') {
                return self.fail("a comma or the end of the object is due");
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, JsonError> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.take(b']') {
            return Ok(Json::Array(items));
        }
        loop {
            self.space();
            items.push(self.value(depth + 1)?);
            self.space();
            if self.take(b']') {
                return Ok(Json::Array(items));
            }
            if !self.take(b',') {
                return self.fail("a comma or the end of the array is due");
            }
        }
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { self.fail("a digit is due") } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Json, JsonError> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _sign = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(Json::Number(self.text[start..self.at].to_owned()))
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let start = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            text.push_str(&self.text[start..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return self.fail("a control character inside a string"),
                None => return self.fail("the text ends inside a string"),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let start = self.at;
        self.at += 1;
        let Some(letter) = self.peek() else { return self.fail("the text ends inside a string") };
        self.at += 1;
        Ok(match letter {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hex()?;
                let code = if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with("\\u") {
                    self.at += 2;
                    let second = self.hex()?;
                    if !(0xdc00..0xe000).contains(&second) {
                        return Err(JsonError { what: "a lone surrogate", at: start });
                    }
                    0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
                } else {
                    first
                };
                char::from_u32(code).ok_or(JsonError { what: "a lone surrogate", at: start })?
            }
            _ => return Err(JsonError { what: "an unknown escape", at: start }),
        })
    }

    fn hex(&mut self) -> Result<u32, JsonError> {
        let digits =
            self.text.as_bytes().get(self.at..self.at + 4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let Some(digits) = digits else { return self.fail("four hexadecimal digits are due") };
        self.at += 4;
        Ok(digits.iter().fold(0, |code, digit| code * 16 + char::from(*digit).to_digit(16).unwrap_or(0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> String {
        Json::parse(text.as_bytes()).unwrap().to_string()
    }

    #[test]
    fn numbers_keep_their_digits() {
        for text in ["1.10", "1e400", "-0", "18446744073709551616", "[1E+2,0.0]"] {
            assert_eq!(exact(text), text);
        }
    }

    #[test]
    fn key_order_does_not_matter_but_digits_do() {
        let parse = |text: &str| Json::parse(text.as_bytes()).unwrap();
        assert_eq!(parse(r#"{"a":1,"b":[2]}"#), parse(r#" { "b" : [2], "a" : 1 } "#));
        assert_ne!(parse("1.0"), parse("1.00"));
        assert_ne!(parse("[1,2]"), parse("[2,1]"));
        assert_ne!(parse("null"), parse("{}"));
    }

    #[test]
    fn what_strict_json_forbids_is_refused_where_it_stands() {
        for (text, what, at) in [
            (r#"{"a":1,"\u0061":2}"#, "a key twice in one object", 7),
            (r#"["\ud800"]"#, "a lone surrogate", 2),
            (r#"["\ud800\u0041"]"#, "a lone surrogate", 2),
            ("[NaN]", "no JSON value starts like this", 1),
            ("01", "text after the value", 1),
            ("[1,]", "no JSON value starts like this", 3),
            ("\"a\nb\"", "a control character inside a string", 2),
            ("{} {}", "text after the value", 3),
            ("\u{feff}{}", "no JSON value starts like this", 0),
            ("", "the text ends where a value is due", 0),
        ] {
            assert_eq!(Json::parse(text.as_bytes()).unwrap_err(), JsonError { what, at }, "{text}");
        }
        assert_eq!(Json::parse(b"\"\xff\"").unwrap_err().what, "invalid UTF-8");
        assert_eq!(Json::parse("[".repeat(MAX_DEPTH + 2).as_bytes()).unwrap_err().what, "nesting too deep");
    }

    #[test]
    fn escapes_and_pairs_are_read_and_written() {
        assert_eq!(Json::parse(br#""\u00e9\ud83d\ude00\/\b""#).unwrap(), Json::String("é😀/\u{8}".into()));
        assert_eq!(exact("\"a\\n\\u0001\\\"\""), "\"a\\n\\u0001\\\"\"");
    }

    #[test]
    fn a_member_is_found_with_its_own_bytes() {
        let text = r#" { "a" : [1.10, {"body":1}] , "b\u006fdy": {"x" : 1e2 } ,"z":null}"#;
        assert_eq!(Json::raw_member(text, "body"), Some(r#"{"x" : 1e2 }"#));
        assert_eq!(Json::raw_member(text, "z"), Some("null"));
        assert_eq!(Json::raw_member(text, "y"), None);
        assert_eq!(Json::raw_member("{}", "y"), None);
        assert_eq!(Json::raw_member("[1]", "y"), None);
    }

    #[test]
    fn pointers_reach_into_objects_and_arrays() {
        let value = Json::parse(br#"{"a":{"b/c":[10,{"d":"x"}]}}"#).unwrap();
        assert_eq!(value.pointer("/a/b~1c/1/d").and_then(Json::as_str), Some("x"));
        assert_eq!(value.pointer("/a/nothing"), None);
    }
}
