//! Secrets known by the name they stand under: `password=…`, `"client_secret": "…"`. Only names and
//! whether a value can be meant; forms are in `secret`.

use std::ops::Range;

use super::run;

/// The ends of names, without dashes and underscores, whose values are secrets.
const SECRETS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "apikey",
    "accesstoken",
    "refreshtoken",
    "authtoken",
    "bearertoken",
    "sessiontoken",
    "privatekey",
    "secretkey",
    "accesskey",
    "accountkey",
    "authorization",
    "cookie",
];

/// Names that stand for a secret only before what looks random.
const PERHAPS: &[&str] = &["token", "sig", "signature", "pwd", "auth"];

/// The longest name that is looked at.
const LONGEST: usize = 40;

/// Values that stand for one that is not there.
const PLACEHOLDERS: &[&str] =
    &["null", "none", "true", "false", "string", "required", "optional", "secret", "password", "changeme"];

/// Whether what stands under this name is a secret, whatever it is.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    ends_with(name.as_bytes(), SECRETS)
}

/// Whether this value of a JSON member, a header or a parameter is a secret.
pub(super) fn gives_away(name: &str, value: &str) -> bool {
    let value = value.trim();
    (is_secret(name) && value.len() >= 4 && !is_placeholder(value))
        || (ends_with(name.as_bytes(), PERHAPS)
            && value.len() >= 16
            && looks_random(value.as_bytes())
            && !is_placeholder(value))
}

/// The secret after the `=` or `:` at `at`, where the name before it is one of a secret. The name
/// does not reach back past `free`.
pub(super) fn value(bytes: &[u8], free: usize, at: usize) -> Option<Range<usize>> {
    if bytes[at..].starts_with(b"://") {
        return password_of_url(bytes, at);
    }
    let before = &bytes[free.max(at.saturating_sub(LONGEST))..at];
    let before = before.trim_ascii_end();
    let before = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")).unwrap_or(before);
    let name = &before[before.len()
        - before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(byte)).count()..];
    let sure = ends_with(name, SECRETS);
    if !sure && !ends_with(name, PERHAPS) {
        return None;
    }
    let mut start = at + 1;
    // `:=`, `=>` and `==` are one sign; a scheme's name is no part of the credential.
    start += run(&bytes[start..], |byte| matches!(byte, b'=' | b'>'));
    start += run(&bytes[start..], |byte| byte == b' ');
    start += run(&bytes[start..], |byte| matches!(byte, b'"' | b'\'' | b'`'));
    for scheme in [&b"bearer "[..], b"basic ", b"token "] {
        if bytes.get(start..start + scheme.len()).is_some_and(|word| word.eq_ignore_ascii_case(scheme)) {
            start += scheme.len();
        }
    }
    let length = run(&bytes[start..], |byte| !byte.is_ascii_whitespace() && !b"\"'`,;&<>()[]{}\\".contains(&byte));
    let value = &bytes[start..start + length];
    let call = bytes.get(start + length).is_some_and(|next| b"([{<".contains(next));
    let least = if sure { 7 } else { 16 };
    let text = std::str::from_utf8(value).ok()?;
    // `token = node.first_token2` is code.
    let call = call || (!sure && value.contains(&b'.'));
    (length >= least && !call && looks_random(value) && !is_placeholder(text)).then_some(start..start + length)
}

/// The password in `scheme://user:password@host`, for the `://` at `at`.
fn password_of_url(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let start = at + 3;
    let authority = &bytes[start..];
    let authority = &authority[..run(authority, |byte| !byte.is_ascii_whitespace() && !b"/?#\"'<>`".contains(&byte))];
    let user_info = &authority[..authority.iter().rposition(|byte| *byte == b'@')?];
    // A user that was taken out before has left a marker, with a colon of its own.
    let ends_user = |at: &usize| user_info[*at] == b':' && !user_info[..*at].ends_with(b"[REDACTED");
    let colon = (0..user_info.len()).find(ends_user)?;
    let password = std::str::from_utf8(&user_info[colon + 1..]).ok()?;
    (!password.is_empty() && !is_placeholder(password)).then_some(start + colon + 1..start + user_info.len())
}

/// Whether the name, without dashes, dots and underscores and in any case, ends with one of these.
fn ends_with(name: &[u8], ends: &[&str]) -> bool {
    let Some(at) = name.iter().rposition(u8::is_ascii_alphanumeric) else { return false };
    let last = name[at].to_ascii_lowercase();
    // Most names end in another letter than any secret does, and large objects have thousands of them.
    ends.iter().filter(|end| end.as_bytes().last() == Some(&last)).any(|end| {
        let letters = name[..=at].iter().rev().filter(|byte| byte.is_ascii_alphanumeric());
        let mut letters = letters.map(u8::to_ascii_lowercase);
        end.bytes().rev().all(|byte| letters.next() == Some(byte))
    })
}

/// Letters and digits mixed, as no word of a language has them.
fn looks_random(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic)
}

fn is_placeholder(value: &str) -> bool {
    value.starts_with(['$', '{', '<', '%', '[', '*', '/', '.'])
        || value.contains("${")
        || value.contains("...")
        || PLACEHOLDERS.iter().any(|placeholder| value.eq_ignore_ascii_case(placeholder))
        || value.bytes().all(|byte| byte.eq_ignore_ascii_case(&b'x') || byte == b'-')
        || value.to_ascii_lowercase().starts_with("your")
        || value.to_ascii_lowercase().starts_with("process.env")
        || value.to_ascii_lowercase().starts_with("os.environ")
}
