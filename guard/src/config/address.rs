//! The address of a gateway, read strictly: the host that is judged here is the host that is asked.
//! Never a name looked up.

use std::net::{Ipv4Addr, Ipv6Addr};

use hyper::Uri;

/// In bytes, so that an endpoint's path always fits behind it: the whole must stay below 64 KiB.
const LONGEST: usize = 2048;

/// Scheme, host, perhaps a port and perhaps a path prefix; no slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayUrl {
    text: String,
    https: bool,
    loopback: bool,
}

impl GatewayUrl {
    /// Reads an address; `None` where it is none, or holds what an address of a gateway has no use
    /// for (a user's name and password, a query, a fragment).
    #[must_use]
    pub fn new(url: &str) -> Option<Self> {
        let text = url.trim_end_matches('/');
        let (scheme, rest) = text.split_once("://")?;
        let https = scheme.eq_ignore_ascii_case("https");
        let authority = rest.split_once('/').map_or(rest, |(authority, _)| authority);
        let plain = (https || scheme.eq_ignore_ascii_case("http"))
            && text.len() <= LONGEST
            && !text.contains(['?', '#'])
            && text.parse::<Uri>().is_ok();
        let loopback = is_loopback(authority)?;
        plain.then(|| Self { text: text.to_owned(), https, loopback })
    }

    /// The address of an endpoint; `path` starts with a slash.
    #[must_use]
    pub fn join(&self, path: &str) -> Uri {
        format!("{}{path}", self.text).parse().expect("an address and an absolute path are a URI")
    }

    /// As it was given, less slashes at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Requests go over TLS.
    #[must_use]
    pub const fn is_https(&self) -> bool {
        self.https
    }

    /// Nobody on the way can read along: TLS, or this machine.
    #[must_use]
    pub const fn is_private(&self) -> bool {
        self.https || self.loopback
    }
}

/// Whether `host` or `host:port` names this machine; `None` where it is neither (RFC 3986, section
/// 3.2). A library that reads a broken port as none at all would send the key to another one.
fn is_loopback(authority: &str) -> Option<bool> {
    let (loopback, port) = if let Some(bracketed) = authority.strip_prefix('[') {
        let (address, port) = bracketed.split_once(']')?;
        (address.parse::<Ipv6Addr>().ok()?.is_loopback(), port)
    } else {
        let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        if host.is_empty() || !host.bytes().all(is_name) {
            return None;
        }
        let is_local = host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback());
        (is_local || host.eq_ignore_ascii_case("localhost"), port)
    };
    (port.is_empty() || port.strip_prefix(':').is_some_and(is_port)).then_some(loopback)
}

fn is_port(digits: &str) -> bool {
    digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_plain() {
        for url in [
            "",
            "/",
            "https://",
            "https:///",
            "https:x",
            "ftp://x",
            "x:1",
            "https://u:p@x",
            "https://x/?a",
            "https://x#a",
            "https://x y",
            "https://x\r\nA: b",
            "https://x\\y",
            "https://:1",
            "http://127.0.0.1:",
            "http://127.0.0.1:0",
            "http://127.0.0.1:-1",
            "http://127.0.0.1:+1",
            "http://127.0.0.1:abc",
            "http://127.0.0.1:65536",
            "http://127.0.0.1:99999",
            "http://127.0.0.1:1:2",
            "http://[::1].evil.example",
            "http://[::1]evil.example:80",
            "http://[::1]80",
            "http://[localhost]",
            "http://[127.0.0.1]",
            "http://[::1%25lo]",
            "http://[::1",
            "http://::1",
        ] {
            assert_eq!(GatewayUrl::new(url), None, "{url:?}");
        }
    }

    #[test]
    fn clear_text_is_private_on_this_machine_alone() {
        for url in ["http://LocalHost:1", "http://127.8.9.1", "HTTP://[::1]:8080/p", "https://far.example:65535"] {
            assert!(GatewayUrl::new(url).unwrap().is_private(), "{url}");
        }
        for url in ["http://localhost.example", "http://10.0.0.1", "http://[::2]", "http://127.1", "http://localhost."]
        {
            assert!(!GatewayUrl::new(url).unwrap().is_private(), "{url}");
        }
    }

    #[test]
    fn every_endpoint_fits_behind_the_longest_address() {
        let longest = format!("https://x/{}", "a".repeat(LONGEST - 10));
        assert!(GatewayUrl::new(&longest).unwrap().join(&format!("/{}", "b".repeat(1024))).path().len() > LONGEST);
        assert_eq!(GatewayUrl::new(&format!("{longest}a")), None);
    }
}
