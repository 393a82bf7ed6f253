//! The API key: a value that can be sent, and cannot be printed.

use std::fmt;

use hyper::header::HeaderValue;

/// The bearer token, already in the form of its header. Only the gateway client takes it out.
#[derive(Clone)]
pub struct ApiKey(HeaderValue);

impl ApiKey {
    /// A key of visible ASCII characters; anything else could break out of its header.
    #[must_use]
    pub fn new(key: &str) -> Option<Self> {
        let visible = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
        let mut header = visible.then(|| HeaderValue::try_from(format!("Bearer {key}")).ok()).flatten()?;
        header.set_sensitive(true);
        Some(Self(header))
    }

    pub(crate) fn authorization(&self) -> HeaderValue {
        self.0.clone()
    }
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
}
