//! Strict JSON, looked at where it lies: one pass says whether a text may pass and where the members
//! of its outer objects stand. Never a tree of values, and never a number turned into a float: what
//! goes on goes on as the bytes that came.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

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
        let mut scanner = Scanner { text, at: 0, levels, keys: Vec::new(), members: Vec::new() };
        scanner.space();
        let start = scanner.at;
        scanner.value(1, Some(0))?;
        let root = start..scanner.at;
        scanner.space();
        if scanner.at < text.len() {
            return scanner.fail("text after the value");
        }
        Ok(Self { text, root, members: scanner.members })
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
        match self.raw().as_bytes()[0] {
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            b'"' => Kind::String,
            b't' | b'f' => Kind::Bool,
            b'n' => Kind::Null,
            _ => Kind::Number,
        }
    }

    /// The text of a string, unescaped; `None` for any other kind.
    #[must_use]
    pub fn as_str(self) -> Option<Cow<'d, str>> {
        let text = self.raw();
        (self.kind() == Kind::String).then(|| Quoted { text, escaped: text.contains('\\') }.unescaped())
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.raw())
    }
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    levels: usize,
    /// The keys of all objects that are open, innermost last.
    keys: Vec<(Cow<'t, str>, usize)>,
    members: Vec<Member<'t>>,
}

type Checked<T = ()> = Result<T, Defect>;

/// A string of the text with its quotes.
struct Quoted<'t> {
    text: &'t str,
    escaped: bool,
}

impl<'t> Quoted<'t> {
    fn unescaped(&self) -> Cow<'t, str> {
        if self.escaped {
            Cow::Owned(serde_json::from_str(self.text).expect("a string that the scanner accepted is JSON"))
        } else {
            Cow::Borrowed(&self.text[1..self.text.len() - 1])
        }
    }
}

impl<'t> Scanner<'t> {
    fn fail<T>(&self, what: &'static str) -> Checked<T> {
        Err(Defect { flaw: Flaw::Syntax(what), at: self.at })
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

    /// `place` is that of the value, where its members are to be remembered.
    fn value(&mut self, depth: usize, place: Option<usize>) -> Checked {
        match self.peek() {
            Some(b'{' | b'[') if depth > MAX_DEPTH => Err(Defect { flaw: Flaw::TooDeep, at: self.at }),
            Some(b'{') => self.object(depth, place.filter(|_| depth <= self.levels)),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(|_| ()),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            Some(_) => self.fail("no JSON value starts like this"),
            None => self.fail("the text ends where a value is due"),
        }
    }

    fn word(&mut self, word: &str) -> Checked {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return self.fail("no JSON value starts like this");
        }
        self.at += word.len();
        Ok(())
    }

    fn object(&mut self, depth: usize, place: Option<usize>) -> Checked {
        self.at += 1;
        let first_key = self.keys.len();
        self.space();
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return self.fail("an object key must be a string");
            }
            let key_at = self.at;
            let key = self.string()?.unescaped();
            if key.starts_with(RESERVED_KEYS) {
                return Err(Defect { flaw: Flaw::ReservedKey, at: key_at });
            }
            self.space();
            if !self.take(b':') {
                return self.fail("a colon is due after the key");
            }
            self.space();
            let start = self.at;
            let member = place.map(|parent| {
                self.members.push(Member { parent, key: key.clone(), value: start..start });
                self.members.len()
            });
            self.keys.push((key, key_at));
            self.value(depth + 1, member)?;
            if let Some(member) = member {
                self.members[member - 1].value.end = self.at;
            }
            self.space();
            if self.take(b'}') {
                return self.no_key_twice(first_key);
            }
            if !self.take(b',') {
                return self.fail("a comma or the end of the object is due");
            }
        }
    }

    /// Looks at the keys of the object that just ended, once: sorting costs less than a set per
    /// object, and nothing at all for the many small ones.
    fn no_key_twice(&mut self, first_key: usize) -> Checked {
        let keys = &mut self.keys[first_key..];
        keys.sort_unstable();
        if let Some(pair) = keys.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(Defect { flaw: Flaw::DuplicateKey, at: pair[1].1 });
        }
        self.keys.truncate(first_key);
        Ok(())
    }

    fn array(&mut self, depth: usize) -> Checked {
        self.at += 1;
        self.space();
        if self.take(b']') {
            return Ok(());
        }
        loop {
            self.space();
            self.value(depth + 1, None)?;
            self.space();
            if self.take(b']') {
                return Ok(());
            }
            if !self.take(b',') {
                return self.fail("a comma or the end of the array is due");
            }
        }
    }

    fn digits(&mut self) -> Checked {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { self.fail("a digit is due") } else { Ok(()) }
    }

    fn number(&mut self) -> Checked {
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _signed = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(())
    }

    fn string(&mut self) -> Checked<Quoted<'t>> {
        self.at += 1;
        let text = self.text;
        let bytes = text.as_bytes();
        let start = self.at;
        let mut escaped = false;
        loop {
            while !matches!(bytes.get(self.at), None | Some(b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            match bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(_) => return self.fail("a control character inside a string"),
                None => return self.fail("the text ends inside a string"),
            }
            escaped = true;
        }
        self.at += 1;
        Ok(Quoted { text: &text[start - 1..self.at], escaped })
    }

    fn escape(&mut self) -> Checked {
        let start = self.at;
        self.at += 1;
        let Some(letter) = self.peek() else { return self.fail("the text ends inside a string") };
        self.at += 1;
        match letter {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(()),
            b'u' => {
                let whole = match self.hex()? {
                    0xd800..0xdc00 => {
                        self.text.as_bytes()[self.at..].starts_with(b"\\u") && {
                            self.at += 2;
                            (0xdc00..0xe000).contains(&self.hex()?)
                        }
                    }
                    0xdc00..0xe000 => false,
                    _ => true,
                };
                if whole { Ok(()) } else { Err(Defect { flaw: Flaw::Syntax("a lone surrogate"), at: start }) }
            }
            _ => Err(Defect { flaw: Flaw::Syntax("an unknown escape"), at: start }),
        }
    }

    fn hex(&mut self) -> Checked<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let Some(digits) = digits else { return self.fail("four hexadecimal digits are due") };
        self.at += 4;
        Ok(digits.iter().fold(0, |code, digit| code * 16 + char::from(*digit).to_digit(16).unwrap_or(0)))
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
