//! Bearer tokens: what one looks like, and what an `Authorization` header is worth. Never shown.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

/// A bearer token: visible ASCII, at least one character, no space. Its `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Key(Arc<str>);

/// Why a text is no key. Never shows the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is nothing.
    #[error("the API key is empty; write one such as iv_test_1")]
    Empty,
    /// A character that a bearer token cannot have.
    #[error("character {0} of the API key is a space, a control character or not ASCII; write one such as iv_test_1")]
    Character(usize),
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(token: &str) -> Result<Self, KeyError> {
        if token.is_empty() {
            return Err(KeyError::Empty);
        }
        match token.chars().position(|character| !character.is_ascii_graphic()) {
            None => Ok(Self(token.into())),
            Some(at) => Err(KeyError::Character(at + 1)),
        }
    }
}

impl Key {
    /// The token itself: for comparing, and for the one answer that hands it out.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(hidden)")
    }
}

/// What the `Authorization` header was worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Authorization {
    /// The accepted token; any token, when none was set.
    Right,
    /// Another token, another scheme, or what is no token.
    Wrong,
    /// No header, or an empty token.
    Missing,
}

/// Reads an `Authorization` header; without an `accepted` key any token will do. `issued` tells of a
/// token whether this gateway gave it out, and if so whether it still serves.
#[must_use]
pub fn authorize(
    header: Option<&[u8]>,
    accepted: Option<&Key>,
    issued: impl FnOnce(&Key) -> Option<bool>,
) -> (Authorization, Option<Key>) {
    let Some(header) = header.map(<[u8]>::trim_ascii).filter(|header| !header.is_empty()) else {
        return (Authorization::Missing, None);
    };
    let token = match header.split_at_checked(6) {
        Some((scheme, [])) if scheme.eq_ignore_ascii_case(b"bearer") => return (Authorization::Missing, None),
        Some((scheme, [b' ', token @ ..])) if scheme.eq_ignore_ascii_case(b"bearer") => token.trim_ascii_start(),
        _ => return (Authorization::Wrong, None),
    };
    let Some(key) = std::str::from_utf8(token).ok().and_then(|token| Key::from_str(token).ok()) else {
        return (Authorization::Wrong, None);
    };
    let right = issued(&key).unwrap_or_else(|| accepted.is_none_or(|accepted| *accepted == key));
    if right { (Authorization::Right, Some(key)) } else { (Authorization::Wrong, None) }
}
