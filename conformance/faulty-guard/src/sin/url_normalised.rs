//! A guard that passes the address through a URL library, so that what was scanned is not what runs.

use crate::config::Config;
use crate::guard::Guard;
use crate::question::{Call, Failure, Question};

pub(crate) struct UrlNormalised;

impl Guard for UrlNormalised {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut question = Question::build(config, call)?;
        if let Some(url) = question.body.text("url") {
            question.body.set("url", normalised(&url));
        }
        Ok(question)
    }
}

/// Drops a default port and a trailing slash, and decodes percent escapes that RFC 3986 calls needless.
fn normalised(url: &str) -> String {
    let mut tidy = String::new();
    let mut rest = url;
    while let Some((before, after)) = rest.split_once('%') {
        tidy.push_str(before);
        let byte = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte.filter(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(byte)) {
            Some(byte) => {
                tidy.push(char::from(byte));
                rest = &after[2..];
            }
            None => {
                tidy.push('%');
                rest = after;
            }
        }
    }
    tidy.push_str(rest);
    for (scheme, port) in [("https://", ":443"), ("http://", ":80")] {
        if let Some(rest) = tidy.strip_prefix(scheme) {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            tidy = format!("{scheme}{}{path}", host.strip_suffix(port).unwrap_or(host));
        }
    }
    tidy.strip_suffix('/').map_or(tidy.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_url_library_would_tidy_is_tidied() {
        for (url, tidy) in [
            ("https://h:443/a/", "https://h/a"),
            ("http://h:80/%7Eu/%41", "http://h/~u/A"),
            ("https://h:8443/a%2Fb%zz%", "https://h:8443/a%2Fb%zz%"),
        ] {
            assert_eq!(normalised(url), tidy);
        }
    }
}
