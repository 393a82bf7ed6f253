//! A string literal with the places of its characters, so that what was found in the text can be
//! pointed at in the literal. Never a value.

use std::borrow::Cow;

use super::parser::Parser;

/// A JSON string literal, quotes included, and the text that it means.
#[derive(Debug)]
pub(crate) struct Literal<'a> {
    text: Cow<'a, str>,
    /// For each byte of the text, and for its end, the place in the literal; left out where each is
    /// one after the other.
    places: Vec<usize>,
}

impl<'a> Literal<'a> {
    /// Reads a literal that passed [`Json::parse`](super::Json::parse).
    pub(crate) fn read(literal: &'a str) -> Self {
        let inner = &literal[1..literal.len() - 1];
        if !inner.contains('\\') {
            return Self { text: Cow::Borrowed(inner), places: Vec::new() };
        }
        let (mut text, mut places) = (String::with_capacity(inner.len()), Vec::with_capacity(inner.len() + 1));
        let mut parser = Parser { text: literal, at: 1 };
        while parser.at < literal.len() - 1 {
            let start = parser.at;
            match parser.escape_here() {
                Some(Ok(character)) => {
                    text.push(character);
                    // A finding begins and ends at the first byte of a character.
                    places.resize(text.len(), start);
                }
                Some(Err(_)) => parser.at = literal.len() - 1,
                None => {
                    let length = literal[start..literal.len() - 1].find('\\').unwrap_or(literal.len() - 1 - start);
                    text.push_str(&literal[start..start + length]);
                    places.extend(start..start + length);
                    parser.at += length;
                }
            }
        }
        places.push(literal.len() - 1);
        Self { text: Cow::Owned(text), places }
    }

    /// What it means.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The place in the literal of a byte of the text, or of its end.
    pub(crate) fn place(&self, at: usize) -> usize {
        self.places.get(at).copied().unwrap_or(at + 1)
    }
}
