//! The one pass over a text: the grammar of RFC 8259, keys twice, depth, and where members stand.
//! Recursive, as deep as the limit allows. Never keeps a value.

use std::borrow::Cow;
use std::ops::Range;

use super::{Defect, Flaw, MAX_DEPTH, Member, RESERVED_KEYS};

/// Stands somewhere in a text.
pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
    /// Members of objects are remembered down to this depth.
    levels: usize,
    /// The keys of all objects that are open, innermost last.
    keys: Vec<(Cow<'t, str>, usize)>,
    members: Vec<Member<'t>>,
}

type Checked<T = ()> = Result<T, Defect>;

/// A string of the text with its quotes.
pub(super) struct Quoted<'t> {
    pub(super) text: &'t str,
    pub(super) escaped: bool,
}

impl<'t> Quoted<'t> {
    pub(super) fn unescaped(&self) -> Cow<'t, str> {
        if self.escaped {
            Cow::Owned(serde_json::from_str(self.text).expect("a string that the scanner accepted is JSON"))
        } else {
            Cow::Borrowed(&self.text[1..self.text.len() - 1])
        }
    }
}

/// Where the elements of an array stand, one after the other. The text is an array that passed.
pub(super) fn elements(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut scanner = Scanner { at: 1, ..Scanner::new(text, 0) };
    std::iter::from_fn(move || {
        scanner.space();
        if scanner.take(b',') {
            scanner.space();
        }
        let start = scanner.at;
        // At the closing bracket no value starts.
        scanner.value(1, None).ok().map(|()| start..scanner.at)
    })
}

impl<'t> Scanner<'t> {
    pub(super) const fn new(text: &'t str, levels: usize) -> Self {
        Self { text, at: 0, levels, keys: Vec::new(), members: Vec::new() }
    }

    /// Reads the one value of the text: where it stands, and the members of its outer objects.
    pub(super) fn document(mut self) -> Checked<(Range<usize>, Vec<Member<'t>>)> {
        self.space();
        let start = self.at;
        self.value(1, Some(0))?;
        let root = start..self.at;
        self.space();
        if self.at < self.text.len() { self.fail("text after the value") } else { Ok((root, self.members)) }
    }

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
        let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
        loop {
            // Sixteen at a time, without a branch for each: long bodies are mostly strings.
            while bytes
                .get(self.at..self.at + 16)
                .is_some_and(|some| !some.iter().fold(false, |end, byte| end | ends(byte)))
            {
                self.at += 16;
            }
            while bytes.get(self.at).is_some_and(|byte| !ends(byte)) {
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
