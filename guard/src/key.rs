//! The API key: a value that can be sent, and cannot be printed.

use std::fmt;

use hyper::header::HeaderValue;
use memchr::{memchr, memmem};

const SCHEME: &str = "Bearer ";
/// In bytes; the keys of the contract begin with a prefix of this length.
const SHORTEST_SECRET: usize = 8;

/// The bearer token, already in the form of its header. Only the gateway client takes it out.
#[derive(Clone)]
pub struct ApiKey(HeaderValue);

impl ApiKey {
    /// A key of visible ASCII characters; anything else could break out of its header.
    #[must_use]
    pub fn new(key: &str) -> Option<Self> {
        let visible = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
        let mut header = visible.then(|| HeaderValue::try_from(format!("{SCHEME}{key}")).ok()).flatten()?;
        header.set_sensitive(true);
        Some(Self(header))
    }

    pub(crate) fn authorization(&self) -> HeaderValue {
        self.0.clone()
    }

    /// The key stands in this text, as it is or behind the escapes of JSON. A word too short for a
    /// secret is not looked for: it would be found anywhere.
    pub(crate) fn is_in(&self, text: &[u8]) -> bool {
        let key = &self.0.as_bytes()[SCHEME.len()..];
        let found = |text: &[u8]| memmem::find(text, key).is_some();
        key.len() >= SHORTEST_SECRET && (found(text) || memchr(b'\\', text).is_some() && found(&unescaped(text)))
    }
}

/// A text of JSON with the escapes of ASCII characters undone; a key has no others.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        let code = rest.get(at + 2..at + 6).and_then(|digits| std::str::from_utf8(digits).ok());
        let code = code.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let (byte, length) = match (rest.get(at + 1), code) {
            (Some(b'u'), Some(ascii)) => (Some(ascii), 6),
            (other, _) => (other.copied(), 2),
        };
        out.extend(byte);
        rest = rest.get(at + length..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_could_break_its_header_is_none() {
        for key in ["", " ", "iv live", "iv\r\nX-Other: 1", "iv\n", "iv\t", "clé", "iv\u{7f}"] {
            assert!(ApiKey::new(key).is_none(), "{key:?}");
        }
        assert!(ApiKey::new("iv_live_0123+/=").is_some());
    }

    #[test]
    fn a_key_does_not_print() {
        let key = ApiKey::new("iv_live_secret").unwrap();
        assert_eq!(format!("{key:?} {:?}", key.authorization()), "ApiKey(hidden) Sensitive");
        assert_eq!(key.authorization().to_str().unwrap(), "Bearer iv_live_secret");
    }

    #[test]
    fn a_key_is_found_in_every_disguise_of_json() {
        let key = ApiKey::new("iv_live_a/\"b").unwrap();
        for text in [
            r#"{"debug":"Bearer iv_live_a/\"b"}"#,
            r#"{"debug":"\n\u0069v_l\u0069ve_a\/\u0022b"}"#,
            r#"{"iv_live_a/\"b":1}"#,
            "iv_live_a/\"b",
        ] {
            assert!(key.is_in(text.as_bytes()), "{text}");
        }
        for text in ["", r#"{"debug":"iv_live_a/b"}"#, r#"{"debug":"\u00e9v_live_a"}"#, "\\", r"\u", r"\u12"] {
            assert!(!key.is_in(text.as_bytes()), "{text}");
        }
        assert!(!ApiKey::new("dev").unwrap().is_in(b"a device"));
    }
}
