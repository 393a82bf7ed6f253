//! A text with wildcards, as people write it in rules. Only whether a text fits.

use std::borrow::Cow;
use std::fmt;

use globset::{GlobBuilder, GlobMatcher};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A glob in which `*` stands for any text, slashes included.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    matcher: GlobMatcher,
}

impl Pattern {
    /// The pattern that only `text` fits; each part that `holes` leaves out may be anything.
    pub(crate) fn around(text: &str, holes: &[std::ops::Range<usize>]) -> Self {
        let mut pattern = String::with_capacity(text.len());
        let mut kept = 0;
        for hole in holes {
            escape(&text[kept..hole.start], &mut pattern);
            pattern.push('*');
            kept = hole.end;
        }
        escape(&text[kept..], &mut pattern);
        Self::new(pattern).expect("an escaped text is a pattern")
    }

    fn new(text: String) -> Result<Self, globset::Error> {
        // A backslash escapes everywhere, whatever the platform's paths look like.
        let glob = GlobBuilder::new(&text).literal_separator(false).backslash_escape(true).build()?;
        Ok(Self { matcher: glob.compile_matcher(), text })
    }

    /// Whether the text fits.
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.matcher.is_match(text)
    }
}

fn escape(text: &str, pattern: &mut String) {
    for character in text.chars() {
        if "*?[]{}\\!,".contains(character) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(text.clone()).map_err(|error| {
            de::Error::custom(format_args!("`{text}` is no pattern: {}; `*` stands for any text", error.kind()))
        })
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A glob: `*` is any text, `?` one character, `{a,b}` either." })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_holes_is_met_by_what_has_the_rest() {
        let text = "https://a.example/[x]/*?token=abc&q={1,2}!\\";
        let pattern = Pattern::around(text, &[]);
        assert!(pattern.matches(text) && !pattern.matches("https://a.example/x/y?token=abc&q=1"));
        let at = text.find("abc").unwrap();
        let hole = at..at + 3;
        let pattern = Pattern::around(text, std::slice::from_ref(&hole));
        assert!(pattern.matches(&text.replace("abc", "other")) && !pattern.matches(&text.replace("q=", "p=")));
    }
}
