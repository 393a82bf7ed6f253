//! Strict JSON, looked at where it lies: one pass says whether a text may pass and where the members
//! of its outer objects stand. Never a tree of values, and never a number turned into a float: what
//! goes on goes on as the bytes that came.

mod scanner;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use bytes::Bytes;

use scanner::{Quoted, Scanner};

/// The deepest nesting that is served; the outermost object counts as one.
pub const MAX_DEPTH: usize = 96;

/// Keys that `serde_json` gives a meaning of its own when another crate of the build asks for exact
/// numbers or raw values: such an object would be read as something else than it is.
const RESERVED_KEYS: &str = "$serde_json::private::";

/// Why a text is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// Not JSON at all (RFC 8259).
    #[error("{0}")]
    Syntax(&'static str),
    /// JSON is UTF-8, whatever the platform says.
    #[error("invalid UTF-8")]
    Utf8,
    /// Which of the two counts depends on the reader, so neither does.
    #[error("a key twice in one object")]
    DuplicateKey,
    /// Deeper than [`MAX_DEPTH`].
    #[error("nesting deeper than {MAX_DEPTH}")]
    TooDeep,
    /// A key that some readers take for an instruction.
    #[error("a key reserved by a JSON library")]
    ReservedKey,
}

/// A [`Flaw`] and the byte where it was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{flaw} at byte {at}")]
pub struct Defect {
    /// What is wrong.
    pub flaw: Flaw,
    /// Offset from the start of the text, in bytes.
    pub at: usize,
}

/// What kind of value stands somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the kinds of JSON need no words")]
pub enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

/// A text that passed, and the members of its outer objects.
#[derive(Debug)]
pub struct Document<'t> {
    text: &'t str,
    root: Range<usize>,
    members: Vec<Member<'t>>,
}

#[derive(Debug)]
struct Member<'t> {
    /// The place of the object it belongs to: 0 for the root, else one more than its index.
    parent: usize,
    key: Cow<'t, str>,
    value: Range<usize>,
}

/// An object that passed: a slice of the text it came in, and where its members stand. Kept and
/// handed on without being read again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Object {
    text: Bytes,
    members: Vec<(Box<str>, Range<usize>)>,
}

/// One value of a [`Document`].
#[derive(Clone, Copy)]
pub struct Value<'d> {
    document: &'d Document<'d>,
    place: usize,
}

impl<'t> Document<'t> {
    /// Reads exactly one value, with nothing but white space around it, and remembers the members
    /// of objects down to `levels` (1 is the root alone).
    ///
    /// # Errors
    /// The first [`Defect`] of the text.
    pub fn read(text: &'t [u8], levels: usize) -> Result<Self, Defect> {
        let text = std::str::from_utf8(text).map_err(|error| Defect { flaw: Flaw::Utf8, at: error.valid_up_to() })?;
        let (root, members) = Scanner::new(text, levels).document()?;
        Ok(Self { text, root, members })
    }

    /// The outermost value.
    #[must_use]
    pub fn root(&self) -> Value<'_> {
        Value { document: self, place: 0 }
    }
}

impl<'d> Value<'d> {
    /// A member of this object; `None` also where this is no object, or lies below the levels read.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Self> {
        self.members().find_map(|(name, value)| (name == key).then_some(value))
    }

    /// The members of this object, in the order written.
    pub fn members(self) -> impl Iterator<Item = (&'d str, Self)> {
        let Self { document, place } = self;
        document
            .members
            .iter()
            .enumerate()
            .filter(move |(_, member)| member.parent == place)
            .map(move |(index, member)| (member.key.as_ref(), Self { document, place: index + 1 }))
    }

    /// The elements of this array as they were written; none where this is something else.
    pub fn elements(self) -> impl Iterator<Item = &'d str> {
        let array = if self.kind() == Kind::Array { self.raw() } else { "[]" };
        scanner::elements(array).map(|span| &array[span])
    }

    /// Where the value stands in the text.
    #[must_use]
    pub fn span(self) -> Range<usize> {
        match self.place.checked_sub(1) {
            None => self.document.root.clone(),
            Some(index) => self.document.members[index].value.clone(),
        }
    }

    /// The value as it was written.
    #[must_use]
    pub fn raw(self) -> &'d str {
        &self.document.text[self.span()]
    }

    /// What kind of value it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        Kind::of(self.raw())
    }

    /// The text of a string, unescaped; `None` for any other kind.
    #[must_use]
    pub fn as_str(self) -> Option<Cow<'d, str>> {
        string(self.raw())
    }

    /// This object with bytes of its own, sliced out of the `text` that the document was read from;
    /// `None` for any other kind.
    #[must_use]
    pub fn to_object(self, text: &Bytes) -> Option<Object> {
        let start = self.span().start;
        let members = self.members().map(|(key, value)| {
            let span = value.span();
            (key.into(), span.start - start..span.end - start)
        });
        (self.kind() == Kind::Object).then(|| Object { text: text.slice(self.span()), members: members.collect() })
    }
}

impl Kind {
    /// The kind of a value that was read; its first byte tells.
    fn of(raw: &str) -> Self {
        match raw.as_bytes()[0] {
            b'{' => Self::Object,
            b'[' => Self::Array,
            b'"' => Self::String,
            b't' | b'f' => Self::Bool,
            b'n' => Self::Null,
            _ => Self::Number,
        }
    }
}

fn string(raw: &str) -> Option<Cow<'_, str>> {
    (Kind::of(raw) == Kind::String).then(|| Quoted { text: raw, escaped: raw.contains('\\') }.unescaped())
}

impl Object {
    /// Reads an object; `None` where the text is some other value.
    ///
    /// # Errors
    /// The first [`Defect`] of the text.
    pub fn read(text: &Bytes) -> Result<Option<Self>, Defect> {
        Ok(Document::read(text, 1)?.root().to_object(text))
    }

    /// A member as it was written.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Bytes> {
        let (_, span) = self.members.iter().find(|(name, _)| **name == *key)?;
        Some(self.text.slice(span.clone()))
    }

    /// The text of a member that is a string, unescaped.
    #[must_use]
    pub fn string(&self, key: &str) -> Option<Cow<'_, str>> {
        let (_, span) = self.members.iter().find(|(name, _)| **name == *key)?;
        // Of its own bytes alone: those of a long body beside it need no second look.
        string(std::str::from_utf8(&self.text[span.clone()]).expect("a document that was read is UTF-8"))
    }

    /// The keys, in the order written.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(key, _)| &**key)
    }

    /// The keys, unescaped, and their values as they were written.
    pub fn members(&self) -> impl Iterator<Item = (&str, Bytes)> {
        self.members.iter().map(|(key, span)| (&**key, self.text.slice(span.clone())))
    }

    /// The whole object as it was written, sharing its bytes.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        self.text.clone()
    }

    /// The whole object as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text).expect("a document that was read is UTF-8")
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.raw())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaw(text: impl AsRef<[u8]>) -> Defect {
        Document::read(text.as_ref(), 1).unwrap_err()
    }

    #[test]
    fn members_stand_where_they_were_written() {
        let text = br#" {"id": 7 ,"pa\u0072ams":{"name":"x","arguments":{"body": {"deep":{}},"n":1.10}}} "#;
        let document = Document::read(text, 3).unwrap();
        let params = document.root().get("params").unwrap();
        let arguments = params.get("arguments").unwrap();
        assert_eq!(document.root().get("id").unwrap().raw(), "7");
        assert_eq!(params.get("name").unwrap().as_str().unwrap(), "x");
        assert_eq!(arguments.get("body").unwrap().raw(), r#"{"deep":{}}"#);
        assert_eq!(arguments.get("n").unwrap().raw(), "1.10");
        assert!(arguments.get("body").unwrap().get("deep").is_none(), "below the levels asked for");
        assert_eq!(arguments.members().map(|(key, _)| key).collect::<Vec<_>>(), ["body", "n"]);
    }

    #[test]
    fn elements_stand_as_they_were_written() {
        for (text, elements) in [
            ("[]", &[][..]),
            (" [ ] ", &[]),
            (
                r#"[ {"a":[1,2],"b":"],"} ,1.10,[[]] , "x\"]" ]"#,
                &[r#"{"a":[1,2],"b":"],"}"#, "1.10", "[[]]", r#""x\"]""#],
            ),
            (r#"{"a":[1]}"#, &[]),
        ] {
            let document = Document::read(text.as_bytes(), 1).unwrap();
            assert_eq!(document.root().elements().collect::<Vec<_>>(), elements, "{text}");
        }
    }

    #[test]
    fn every_kind_is_told_by_its_first_byte() {
        for (text, kind) in [
            ("null", Kind::Null),
            ("true", Kind::Bool),
            ("-0", Kind::Number),
            ("1e400", Kind::Number),
            ("\"\"", Kind::String),
            ("[]", Kind::Array),
            ("{}", Kind::Object),
        ] {
            assert_eq!(Document::read(text.as_bytes(), 1).unwrap().root().kind(), kind, "{text}");
        }
    }

    #[test]
    fn what_is_not_strict_json_is_refused_where_it_stands() {
        for (text, what, at) in [
            ("[NaN]", "no JSON value starts like this", 1),
            ("[-Infinity]", "a digit is due", 2),
            ("01", "text after the value", 1),
            ("1.", "a digit is due", 2),
            ("[1,]", "no JSON value starts like this", 3),
            ("{\"a\":1,}", "an object key must be a string", 7),
            ("nul", "no JSON value starts like this", 0),
            ("\"a\u{1}\"", "a control character inside a string", 2),
            ("\"\\x\"", "an unknown escape", 1),
            ("\"\\u12g4\"", "four hexadecimal digits are due", 3),
            ("\"\\ud800\"", "a lone surrogate", 1),
            ("\"\\udc00\"", "a lone surrogate", 1),
            ("\"\\ud800\\u0041\"", "a lone surrogate", 1),
            ("{} {}", "text after the value", 3),
            ("\u{feff}{}", "no JSON value starts like this", 0),
            ("", "the text ends where a value is due", 0),
        ] {
            assert_eq!(flaw(text), Defect { flaw: Flaw::Syntax(what), at }, "{text}");
        }
        assert_eq!(flaw(b"\"\xff\""), Defect { flaw: Flaw::Utf8, at: 1 });
    }

    #[test]
    fn a_key_twice_is_refused_in_every_disguise_and_at_every_level() {
        for (text, at) in [
            (r#"{"a":1,"a":2}"#, 7),
            (r#"{"a":1,"\u0061":2}"#, 7),
            (r#"{"x":[{"b":0,"c":1,"b":{}}]}"#, 19),
            (r#"{"\ud83d\ude00":1,"😀":2}"#, 18),
        ] {
            assert_eq!(flaw(text), Defect { flaw: Flaw::DuplicateKey, at }, "{text}");
        }
        assert!(Document::read(br#"{"a":{"a":[{"a":1},{"a":1}]},"b":{"a":1}}"#, 1).is_ok());
    }

    #[test]
    fn nesting_is_served_to_the_limit_and_no_deeper() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(Document::read(nested(MAX_DEPTH).as_bytes(), 1).is_ok());
        assert_eq!(flaw(nested(MAX_DEPTH + 1)), Defect { flaw: Flaw::TooDeep, at: MAX_DEPTH });
    }

    #[test]
    fn keys_that_a_library_takes_for_an_instruction_are_refused() {
        assert_eq!(flaw(r#"{"$serde_json::private::RawValue":"[7]"}"#).flaw, Flaw::ReservedKey);
        assert_eq!(flaw(r#"{"\u0024serde_json::private::Number":"7"}"#).flaw, Flaw::ReservedKey);
    }
}
