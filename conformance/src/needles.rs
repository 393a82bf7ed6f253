//! The forms in which a key still opens the door: plain, in pieces of eight, base64 at any offset,
//! hexadecimal, percent-encoded. Pure; never where it is looked for.

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use mock_gateway::json::Json;

/// The shortest piece of the key that counts as leaked, in characters.
const PIECE: usize = 8;

/// The texts by which a key is recognised.
pub(crate) struct Needles {
    /// Looked for in bytes as they came.
    plain: Search,
    /// Looked for where only letters and digits are left, in lower case: line breaks, separators and
    /// upper case hide nothing there.
    folded: Search,
}

/// Texts, each with the name of its form.
struct Search {
    automaton: AhoCorasick,
    forms: Vec<&'static str>,
}

impl Search {
    fn of(needles: impl IntoIterator<Item = (&'static str, Vec<u8>)>) -> Self {
        let (forms, texts): (Vec<_>, Vec<_>) = needles.into_iter().unzip();
        // Each play has a key of its own, and a faster automaton would take longer to build than it saves.
        let automaton = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(texts);
        Self { automaton: automaton.expect("some fifty short needles fit any automaton"), forms }
    }

    fn found_in(&self, bytes: &[u8]) -> Option<&'static str> {
        self.automaton.find(bytes).map(|found| self.forms[found.pattern().as_usize()])
    }
}

impl Needles {
    /// Those of one key.
    pub(crate) fn of(key: &str) -> Self {
        // The part before the last underscore is the same in every key and gives nothing away.
        let secret = key.rsplit('_').next().unwrap_or(key);
        let pieces = |length: usize| secret.as_bytes().windows(length).map(|piece| ("part of the key", piece.to_vec()));
        let each = |form: fn(u8) -> String| secret.bytes().map(form).collect::<String>().into_bytes();
        let mut disguises: Vec<(&'static str, Vec<u8>)> = vec![
            ("the key as hexadecimal or percent-encoded", each(|byte| format!("{byte:02x}"))),
            ("the key as numbers", each(|byte| byte.to_string())),
            ("the key backwards", secret.bytes().rev().collect()),
        ];
        // Shorter pieces would be met by chance once upper and lower case are the same.
        disguises.extend(pieces(PIECE + PIECE / 2));
        // Whatever stands around it, the inner characters of its base64 depend only on the offset.
        for offset in 0..3 {
            let text = STANDARD_NO_PAD.encode([&b"xxx"[..offset], secret.as_bytes()].concat());
            let inner = &text.as_bytes()[if offset == 0 { 0 } else { 4 }..text.len() - 2];
            let twice = STANDARD_NO_PAD.encode(&inner[..inner.len() / 3 * 3]);
            disguises.push(("the key as base64", inner.to_vec()));
            disguises.push(("the key as base64 of base64", twice.into_bytes()));
        }
        for offset in 0..5 {
            let text = base32(&[&b"xxxxx"[..offset], secret.as_bytes()].concat());
            disguises.push(("the key as base32", text.as_bytes()[if offset == 0 { 0 } else { 8 }..].to_vec()));
        }
        Self {
            plain: Search::of(pieces(PIECE)),
            folded: Search::of(disguises.into_iter().map(|(form, text)| (form, fold(&text)))),
        }
    }

    /// The form of the key that stands in these bytes, when one does.
    pub(crate) fn found_in(&self, bytes: &[u8]) -> Option<&'static str> {
        let here = |bytes: &[u8]| self.plain.found_in(bytes).or_else(|| self.folded.found_in(&fold(bytes)));
        // A client reads the strings, not their escapes.
        here(bytes).or_else(|| here(strings(&Json::parse(bytes).ok()?).as_bytes()))
    }
}

/// All strings of a value, keys too, one after the other.
fn strings(value: &Json) -> String {
    match value {
        Json::String(text) => format!("{text}\n"),
        Json::Array(items) => items.iter().map(strings).collect(),
        Json::Object(members) => members.iter().map(|(name, value)| format!("{name}\n{}", strings(value))).collect(),
        _ => String::new(),
    }
}

/// Letters and digits only, in lower case.
fn fold(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect()
}

/// RFC 4648, section 6, without padding; a last group that is not whole is left out.
fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let groups = bytes.chunks_exact(5).map(|group| group.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte)));
    groups.flat_map(|bits| (0..8).rev().map(move |at| char::from(ALPHABET[(bits >> (at * 5) & 31) as usize]))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "iv_live_Ab3dEf6hIj9lMn2pQr5tUv8xYz1BcD4F";

    fn found(text: &str) -> Option<&'static str> {
        Needles::of(KEY).found_in(text.as_bytes())
    }

    fn base64(text: &str) -> String {
        STANDARD_NO_PAD.encode(text)
    }

    #[test]
    fn the_key_is_found_whole_in_pieces_and_in_base64() {
        assert_eq!(found(&format!("key={KEY}")), Some("part of the key"));
        assert_eq!(found("… Ij9lMn2p …"), Some("part of the key"));
        for before in ["", "a", "ab", "Bearer "] {
            assert_eq!(found(&base64(&format!("{before}{KEY} and more"))), Some("the key as base64"), "{before}");
        }
    }

    #[test]
    fn the_key_is_found_in_disguise() {
        let each = |form: fn(u8) -> String| KEY.bytes().map(form).collect::<Vec<_>>();
        for text in [
            each(|byte| format!("%{byte:02X}")).concat(),
            each(|byte| format!("{byte:02x}")).join(":"),
            each(|byte| byte.to_string()).join(", "),
            each(|byte| format!("\\u{byte:04x}")).concat(),
            each(|byte| char::from(byte).to_string()).join("\0"),
            KEY.to_uppercase(),
            KEY.chars().rev().collect(),
            base64(KEY).as_bytes().chunks(16).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\\n"),
            base64(&base64(&KEY[8..])),
            base32(&KEY.as_bytes()[8..]),
            base32(KEY.as_bytes()),
        ] {
            let text = format!("{{\"log\":\"{text}\"}}");
            assert!(found(&text).is_some(), "{text}");
        }
    }

    #[test]
    fn what_every_key_shares_is_no_leak() {
        assert_eq!(found("INTERVEN_API_KEY must look like iv_live_…"), None);
        assert_eq!(found("iv_live_Ab3dEf6"), None, "seven characters");
    }

    #[test]
    fn base32_is_that_of_the_standard() {
        assert_eq!(base32(b"fooba"), "MZXW6YTB");
    }
}
