//! What lets an operator in: made anew for each run, compared without telling how much of it was
//! right, never shown by `Debug`.

use std::fmt;
use std::hint::black_box;
use std::str::FromStr;
use std::sync::Arc;

use rustls::crypto::ring;
use sha2::{Digest as _, Sha256};

/// The shortest token that is accepted from outside.
const SHORTEST: usize = 16;

/// A bearer token of the admin API.
#[derive(Clone)]
pub struct Token(Arc<str>);

/// Why a text is no token. Never shows the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a token of the admin API has at least {SHORTEST} characters, all of them letters, digits or -._~+/=")]
pub struct TokenError;

/// The system has no random numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot make a token for the admin API: the system gave no random numbers; set one yourself")]
pub struct NoRandomness;

impl Token {
    /// A token that nobody can guess: 256 random bits of the system.
    ///
    /// # Errors
    /// The system has none.
    pub fn random() -> Result<Self, NoRandomness> {
        let mut bytes = [0_u8; 32];
        ring::default_provider().secure_random.fill(&mut bytes).map_err(|_| NoRandomness)?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()))
    }

    /// The token itself, to be handed to whoever may use the admin API.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether this is the token. Digests are compared, and always all of them, so that the time it
    /// takes says nothing about either text.
    pub(crate) fn is(&self, given: &[u8]) -> bool {
        let (mine, given) = (Sha256::digest(self.0.as_bytes()), Sha256::digest(given));
        let differing = mine.iter().zip(&given).fold(0, |differing, (a, b)| black_box(differing | (a ^ b)));
        differing == 0
    }
}

/// Takes what a bearer token can consist of (RFC 6750, section 2.1).
impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if text.len() >= SHORTEST && text.bytes().all(is_good) { Ok(Self(text.into())) } else { Err(TokenError) }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_its_own_and_no_other() {
        let (one, other) = (Token::random().unwrap(), Token::random().unwrap());
        let text = one.reveal().to_owned();
        assert!(text.len() == 64 && one.is(text.as_bytes()) && !other.is(text.as_bytes()));
        for near in [&text[1..], &text[..63], &format!("{text} "), ""] {
            assert!(!one.is(near.as_bytes()), "{near}");
        }
        assert_eq!(format!("{one:?}"), "Token(hidden)");
        assert!(text.parse::<Token>().is_ok_and(|again| again.is(text.as_bytes())));
    }

    #[test]
    fn what_could_be_guessed_or_cannot_be_sent_is_refused_without_being_shown() {
        for text in ["", "short", "0123456789abcde", "0123456789abcdef ", "0123456789abcdef\n", "0123456789abcdeé"] {
            let message = text.parse::<Token>().unwrap_err().to_string();
            assert!(text.is_empty() || !message.contains(text), "{message}");
        }
    }
}
