//! Strict JSON, byte by byte (RFC 8259). Only reading; what a value means is in the parent.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use super::{Json, JsonError, MAX_DEPTH, Member};

/// An object with more members than this gets an index of its keys.
const SMALL: usize = 8;

/// A place in a text.
pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn fail<T>(&self, what: &'static str) -> Result<T, JsonError> {
        Err(JsonError { what, at: self.at })
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    pub(super) fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    pub(super) fn value(&mut self, depth: usize) -> Result<Json, JsonError> {
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
        self.collect(depth, |key, value, _| (key, value), |(key, _)| key).map(Json::Object)
    }

    /// The members of the object that starts here, each with its value's place.
    pub(super) fn members(&mut self, depth: usize) -> Result<Vec<Member>, JsonError> {
        self.collect(depth, |key, value, range| (key, value, range), |(key, ..)| key)
    }

    fn collect<T>(
        &mut self,
        depth: usize,
        member: fn(String, Json, Range<usize>) -> T,
        key_of: fn(&T) -> &String,
    ) -> Result<Vec<T>, JsonError> {
        let mut members: Vec<T> = Vec::new();
        // Only of a large object: a small one is searched faster than it is indexed.
        let mut seen: HashSet<Cow<'a, str>> = HashSet::new();
        self.at += 1;
        self.space();
        if self.take(b'}') {
            return Ok(members);
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return self.fail("an object key must be a string");
            }
            let start = self.at;
            let key = self.string()?;
            if members.len() == SMALL {
                seen.extend(members.iter().map(|member| Cow::Owned(key_of(member).clone())));
            }
            let twice = if members.len() < SMALL {
                members.iter().any(|member| *key_of(member) == key)
            } else {
                // An escape is longer than what it means, so that equal lengths are equal texts.
                let written = &self.text[start + 1..self.at - 1];
                !seen.insert(if written.len() == key.len() { written.into() } else { Cow::Owned(key.clone()) })
            };
            if twice {
                return Err(JsonError { what: "a key twice in one object", at: start });
            }
            self.space();
            if !self.take(b':') {
                return self.fail("a colon is due after the key");
            }
            self.space();
            let start = self.at;
            let value = self.value(depth + 1)?;
            members.push(member(key, value, start..self.at));
            self.space();
            if self.take(b'}') {
                return Ok(members);
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

    pub(super) fn string(&mut self) -> Result<String, JsonError> {
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

    /// The character of the escape that stands here, if one does.
    pub(super) fn escape_here(&mut self) -> Option<Result<char, JsonError>> {
        (self.peek() == Some(b'\\')).then(|| self.escape())
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
