//! JSON objects written member by member. Only the writing.

use std::fmt::Write as _;

use crate::json::Quoted;

/// An object written member by member, less the fields that shall be left out.
pub(super) struct Object<'a> {
    text: String,
    omit: &'a [String],
}

impl<'a> Object<'a> {
    pub(super) fn new(omit: &'a [String]) -> Self {
        Self { text: String::with_capacity(512), omit }
    }

    pub(super) fn put(&mut self, name: &str, value: impl std::fmt::Display) {
        if !self.omit.iter().any(|omitted| omitted == name) {
            self.text.push(if self.text.is_empty() { '{' } else { ',' });
            write!(self.text, "{}:{value}", Quoted(name)).expect("a String takes every text");
        }
    }

    pub(super) fn put_text(&mut self, name: &str, text: &str) {
        self.put(name, Quoted(text));
    }

    pub(super) fn end(mut self) -> String {
        self.text.push_str(if self.text.is_empty() { "{}" } else { "}" });
        self.text
    }
}

pub(super) fn list<'a>(items: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<_> = items.map(|item| Quoted(item).to_string()).collect();
    format!("[{}]", quoted.join(","))
}
