//! Credentials by the forms that their issuers publish. Only forms; what a name gives away is in
//! `name`.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use super::{is_word, run};

/// The characters of a token.
type Alphabet = fn(u8) -> bool;

const ALNUM: Alphabet = |byte| byte.is_ascii_alphanumeric();
const UPPER: Alphabet = |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit();
const HEX: Alphabet = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
const WORD: Alphabet = is_word;
const DASHED: Alphabet = |byte| is_word(byte) || byte == b'-';
const BASE64: Alphabet = |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_' | b'.');
const PATH: Alphabet = |byte| DASHED(byte) || byte == b'/';

const MANY: usize = super::LONGEST;

/// What a token begins with, the characters of the rest, and how many of those there are.
type Form = (&'static str, Alphabet, RangeInclusive<usize>);

/// One line per issuer: AWS, GitHub, GitLab, Slack and so on. Longer beginnings come first.
const FORMS: &[Form] = &[
    ("AKIA", UPPER, 16..=16),
    ("ASIA", UPPER, 16..=16),
    ("ABIA", UPPER, 16..=16),
    ("ACCA", UPPER, 16..=16),
    ("ghp_", ALNUM, 36..=MANY),
    ("gho_", ALNUM, 36..=MANY),
    ("ghu_", ALNUM, 36..=MANY),
    ("ghs_", ALNUM, 36..=MANY),
    ("ghr_", ALNUM, 36..=MANY),
    ("github_pat_", WORD, 22..=MANY),
    ("glpat-", DASHED, 20..=MANY),
    ("gldt-", DASHED, 20..=MANY),
    ("glrt-", DASHED, 20..=MANY),
    ("glptt-", DASHED, 20..=MANY),
    ("glcbt-", DASHED, 20..=MANY),
    ("glsoat-", DASHED, 20..=MANY),
    ("xoxb-", DASHED, 20..=MANY),
    ("xoxp-", DASHED, 20..=MANY),
    ("xoxa-", DASHED, 20..=MANY),
    ("xoxr-", DASHED, 20..=MANY),
    ("xoxs-", DASHED, 20..=MANY),
    ("xoxe-", DASHED, 20..=MANY),
    ("xapp-", DASHED, 20..=MANY),
    ("hooks.slack.com/services/", PATH, 30..=MANY),
    ("discord.com/api/webhooks/", PATH, 60..=MANY),
    ("sk_live_", ALNUM, 16..=MANY),
    ("sk_test_", ALNUM, 16..=MANY),
    ("rk_live_", ALNUM, 16..=MANY),
    ("rk_test_", ALNUM, 16..=MANY),
    ("whsec_", BASE64, 32..=MANY),
    ("AIza", DASHED, 35..=35),
    ("GOCSPX-", DASHED, 28..=28),
    ("ya29.", DASHED, 20..=MANY),
    ("npm_", ALNUM, 36..=36),
    ("pypi-AgE", DASHED, 50..=MANY),
    ("rubygems_", HEX, 48..=48),
    ("dckr_pat_", DASHED, 27..=MANY),
    ("cio", ALNUM, 32..=32),
    ("shpat_", HEX, 32..=32),
    ("shpss_", HEX, 32..=32),
    ("shpca_", HEX, 32..=32),
    ("shppa_", HEX, 32..=32),
    ("dop_v1_", HEX, 64..=64),
    ("doo_v1_", HEX, 64..=64),
    ("dor_v1_", HEX, 64..=64),
    ("hvs.", DASHED, 24..=MANY),
    ("hvb.", DASHED, 24..=MANY),
    ("dapi", HEX, 32..=32),
    ("SK", HEX, 32..=32),
    ("key-", HEX, 32..=32),
    ("hf_", ALNUM, 34..=40),
    ("gsk_", ALNUM, 40..=MANY),
    ("xai-", ALNUM, 60..=MANY),
    ("pplx-", ALNUM, 40..=MANY),
    ("pcsk_", WORD, 50..=MANY),
    ("lsv2_", WORD, 40..=MANY),
    ("r8_", ALNUM, 37..=37),
    ("lin_api_", ALNUM, 40..=40),
    ("ntn_", ALNUM, 40..=MANY),
    ("secret_", ALNUM, 43..=43),
    ("figd_", DASHED, 40..=MANY),
    ("PMAK-", DASHED, 50..=MANY),
    ("NRAK-", UPPER, 27..=27),
    ("glsa_", WORD, 32..=MANY),
    ("glc_", BASE64, 32..=MANY),
    ("dp.pt.", ALNUM, 40..=44),
    ("pscale_tkn_", DASHED, 32..=MANY),
    ("pscale_pw_", DASHED, 32..=MANY),
    ("sbp_", HEX, 40..=40),
    ("nfp_", ALNUM, 36..=MANY),
    ("fo1_", DASHED, 40..=MANY),
    ("ATATT3x", BASE64, 50..=MANY),
    ("ATBB", ALNUM, 32..=32),
    ("sq0atp-", DASHED, 22..=22),
    ("sq0csp-", DASHED, 43..=43),
    ("sntrys_", BASE64, 60..=MANY),
    ("sntryu_", HEX, 64..=64),
    ("CFPAT-", DASHED, 43..=43),
    ("AGE-SECRET-KEY-1", UPPER, 58..=58),
    ("iv_live_", WORD, 8..=MANY),
    ("iv_eph_", WORD, 8..=MANY),
];

/// The forms by the first byte of their beginnings: most words of a text have none to be tried.
static BY_FIRST: LazyLock<[Vec<&Form>; 256]> = LazyLock::new(|| {
    let begins = |first: usize| FORMS.iter().filter(move |(prefix, ..)| usize::from(prefix.as_bytes()[0]) == first);
    std::array::from_fn(|first| begins(first).collect())
});

/// The first two bytes that a form can begin with, one bit for each pair.
const PAIRS: [u64; 1024] = {
    let mut pairs = [0; 1024];
    let mut at = 0;
    while at < FORMS.len() {
        let (word, bit) = pair(FORMS[at].0.as_bytes());
        pairs[word] |= bit;
        at += 1;
    }
    pairs
};

/// The bit of the two bytes that stand first.
const fn pair(bytes: &[u8]) -> (usize, u64) {
    let number = (bytes[0] as usize) << 8 | bytes[1] as usize;
    (number / 64, 1 << (number % 64))
}

/// The length of the credential at the start of `bytes`.
pub(super) fn length(bytes: &[u8]) -> Option<usize> {
    if bytes.len() < 8 {
        return None;
    }
    let special = match bytes[0] {
        b'-' => private_key(bytes),
        b's' => openai(bytes),
        b'e' => json_web_token(bytes),
        b'S' => sendgrid(bytes),
        b'B' | b'b' => scheme(bytes),
        b'0'..=b'9' => telegram(bytes),
        _ => None,
    };
    let (word, bit) = pair(bytes);
    special.or_else(|| {
        (PAIRS[word] & bit != 0)
            .then(|| BY_FIRST[usize::from(bytes[0])].iter().find_map(|form| by_form(bytes, form)))
            .flatten()
    })
}

fn by_form(bytes: &[u8], (prefix, of, lengths): &Form) -> Option<usize> {
    let rest = bytes.strip_prefix(prefix.as_bytes())?;
    let length = token(rest, of);
    let ends = rest.get(length).is_none_or(|next| !is_word(*next));
    // A form of letters only is a word, such as `secret_` before the name of a thing.
    let random = rest[..length].iter().any(u8::is_ascii_digit) || length < 16 || *prefix == "iv_live_";
    (lengths.contains(&length) && ends && random).then_some(prefix.len() + length)
}

/// How long the token is that these bytes begin with; a full stop at its end is the sentence's.
fn token(bytes: &[u8], of: impl Fn(u8) -> bool) -> usize {
    let run = run(bytes, of);
    run - bytes[..run].iter().rev().take_while(|byte| **byte == b'.').count()
}

/// `sk-…` of OpenAI, Anthropic and those who copied them: somewhere a long run without dashes.
fn openai(bytes: &[u8]) -> Option<usize> {
    let rest = bytes.strip_prefix(b"sk-")?;
    let length = run(rest, DASHED);
    let unbroken = rest[..length].split(|byte| matches!(byte, b'-' | b'_')).any(|part| part.len() >= 16);
    (length >= 20 && unbroken).then_some(3 + length)
}

/// The longest part of a JSON Web Token that is read to its end.
const CLAIMS: usize = 8192;

/// Three parts in base64url, the first two of them JSON objects (RFC 7519).
fn json_web_token(bytes: &[u8]) -> Option<usize> {
    let mut end = 0;
    for (place, least) in [16, 16, 20].into_iter().enumerate() {
        let part = bytes.get(end..)?;
        if place < 2 && !part.starts_with(b"eyJ") {
            return None;
        }
        let near = &part[..part.len().min(if place == 0 { super::LONGEST } else { CLAIMS })];
        let length = near.iter().position(|byte| !DASHED(*byte)).unwrap_or(near.len());
        if length < least {
            return None;
        }
        end += length;
        if place < 2 {
            (bytes.get(end) == Some(&b'.')).then_some(())?;
            end += 1;
        }
    }
    Some(end)
}

/// `SG.`, 22 characters, a dot, 43 characters.
fn sendgrid(bytes: &[u8]) -> Option<usize> {
    let rest = bytes.strip_prefix(b"SG.")?;
    let (id, key) = rest.split_at_checked(22)?;
    let key = key.strip_prefix(b".")?;
    (run(id, DASHED) == 22 && run(key, DASHED) == 43).then_some(3 + 22 + 1 + 43)
}

/// A bot's number, a colon, and 35 characters of which the first are `AA`.
fn telegram(bytes: &[u8]) -> Option<usize> {
    let digits = run(bytes, |byte| byte.is_ascii_digit());
    let rest = bytes.get(digits..)?.strip_prefix(b":AA")?;
    ((8..=10).contains(&digits) && run(rest, DASHED) == 33).then_some(digits + 3 + 33)
}

/// What follows `Bearer` or `Basic` (RFC 6750, RFC 7617).
fn scheme(bytes: &[u8]) -> Option<usize> {
    let credential = |scheme: &str| {
        let (start, rest) = bytes.split_at_checked(scheme.len())?;
        let length = token(rest, |byte| BASE64(byte) || byte == b'~');
        start.eq_ignore_ascii_case(scheme.as_bytes()).then_some((&rest[..length], scheme.len() + length))
    };
    if let Some((token, length)) = credential("bearer ") {
        return (token.len() >= 16 && token.iter().any(u8::is_ascii_digit)).then_some(length);
    }
    credential("basic ").and_then(|(token, length)| is_user_and_password(token).then_some(length))
}

/// Whether this is base64 of printable text with a colon in it.
fn is_user_and_password(token: &[u8]) -> bool {
    let (mut bits, mut held, mut colon) = (0_u32, 0_u32, false);
    for byte in token.iter().take_while(|byte| **byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return false,
        };
        (bits, held) = ((bits << 6) | u32::from(value), held + 6);
        if held >= 8 {
            held -= 8;
            let decoded = u8::try_from((bits >> held) & 0xff).unwrap_or(0);
            colon |= decoded == b':';
            if !decoded.is_ascii_graphic() && decoded != b' ' {
                return false;
            }
        }
    }
    colon && token.len() >= 8
}

/// A PEM private key, to the end of its block or, where that was cut off, of the text.
fn private_key(bytes: &[u8]) -> Option<usize> {
    const HEADER: usize = 64;
    const TAIL: &[u8] = b"PRIVATE KEY-----";
    const BLOCK_TAIL: &[u8] = b"PRIVATE KEY BLOCK-----";
    let rest = bytes.strip_prefix(b"-----BEGIN ")?;
    let find = |haystack: &[u8], needle: &[u8]| haystack.windows(needle.len()).position(|window| window == needle);
    let tail = |line: &[u8]| [TAIL, BLOCK_TAIL].into_iter().find_map(|tail| find(line, tail).map(|at| at + tail.len()));
    tail(&rest[..rest.len().min(HEADER)])?;
    let Some(end) = find(bytes, b"-----END ") else { return Some(bytes.len()) };
    let footer = &bytes[end..bytes.len().min(end + HEADER)];
    Some(tail(footer).map_or(bytes.len(), |length| end + length))
}
