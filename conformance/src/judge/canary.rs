//! Looks for the key in everything that left the guard, in every form in which it still opens the
//! door: plain, in pieces of eight, base64 at any offset, hexadecimal, percent-encoded.

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::{Findings, saw};
use crate::finding::{Code, Party};
use crate::recording::{Event, Recording};

/// The shortest piece of the key that counts as leaked, in characters.
const PIECE: usize = 8;

/// The key belongs in the authorization header of requests to its gateway, and nowhere else.
pub(super) fn key_secret(recording: &Recording, findings: &mut Findings) {
    let needles = Needles::of(&recording.header.canary);
    let stderr = recording.stderr();
    let mut places: Vec<(Party, &str, &[u8])> = vec![(Party::Process, "stderr", &stderr)];
    for entry in &recording.entries {
        match &entry.event {
            Event::ClientReceived { line } => places.push((Party::Client, "stdout", &line.0)),
            Event::StdoutEnded { rest } => places.push((Party::Client, "stdout", &rest.0)),
            Event::GatewayAsked { path, headers, body, .. } => {
                places.push((Party::Gateway, "the path of a request", path.as_bytes()));
                places.push((Party::Gateway, "the body of a request", &body.0));
                for (name, value) in headers {
                    places.push((Party::Gateway, "a header other than authorization", name.as_bytes()));
                    places.push((Party::Gateway, "a header other than authorization", value.as_bytes()));
                }
            }
            _ => {}
        }
    }
    for (party, place, bytes) in places {
        if let Some(form) = needles.found_in(bytes) {
            let expected = "the key in the authorization header only";
            findings.add(Code::KeyLeaked, &recording.header.case, expected, [saw(party, format!("{form} in {place}"))]);
        }
    }
}

/// The texts by which a key is recognised, and the name of each one's form.
struct Needles {
    search: AhoCorasick,
    forms: Vec<&'static str>,
}

impl Needles {
    fn of(key: &str) -> Self {
        // The part before the last underscore is the same in every key and gives nothing away.
        let secret = key.rsplit('_').next().unwrap_or(key);
        let mut needles: Vec<(&'static str, Vec<u8>)> =
            secret.as_bytes().windows(PIECE).map(|piece| ("part of the key", piece.to_vec())).collect();
        let each = |form: fn(u8) -> String| secret.bytes().map(form).collect::<String>().into_bytes();
        needles.push(("the key as hexadecimal", each(|byte| format!("{byte:02x}"))));
        needles.push(("the key as hexadecimal", each(|byte| format!("{byte:02X}"))));
        needles.push(("the key percent-encoded", each(|byte| format!("%{byte:02x}"))));
        needles.push(("the key percent-encoded", each(|byte| format!("%{byte:02X}"))));
        needles.push(("the key backwards", secret.bytes().rev().collect()));
        // Whatever stands around it, the inner characters of its base64 depend only on the offset.
        for offset in 0..3 {
            for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                let text = engine.encode([&b"xxx"[..offset], secret.as_bytes()].concat());
                let inner = &text.as_bytes()[if offset == 0 { 0 } else { 4 }..text.len() - 2];
                needles.push(("the key as base64", inner.to_vec()));
            }
        }
        let (forms, texts): (Vec<_>, Vec<_>) = needles.into_iter().unzip();
        Self { search: AhoCorasick::new(texts).expect("some fifty short needles fit any automaton"), forms }
    }

    fn found_in(&self, bytes: &[u8]) -> Option<&'static str> {
        self.search.find(bytes).map(|found| self.forms[found.pattern().as_usize()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "iv_live_Ab3dEf6hIj9lMn2pQr5tUv8xYz1BcD4F";

    fn found(text: &str) -> Option<&'static str> {
        Needles::of(KEY).found_in(text.as_bytes())
    }

    #[test]
    fn the_key_is_found_in_every_form() {
        let base64 = |text: String| STANDARD_NO_PAD.encode(text);
        assert_eq!(found(&format!("key={KEY}")), Some("part of the key"));
        assert_eq!(found("… Ij9lMn2p …"), Some("part of the key"));
        assert_eq!(found(&base64(KEY.into())), Some("the key as base64"));
        for before in ["", "a", "ab", "Bearer "] {
            assert_eq!(found(&base64(format!("{before}{KEY} and more"))), Some("the key as base64"), "{before}");
        }
        assert_eq!(
            found(&KEY.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>()),
            Some("the key percent-encoded")
        );
        assert_eq!(
            found(&KEY.bytes().map(|byte| format!("{byte:02x}")).collect::<String>()),
            Some("the key as hexadecimal")
        );
    }

    #[test]
    fn what_every_key_shares_is_no_leak() {
        assert_eq!(found("INTERVEN_API_KEY must look like iv_live_…"), None);
        assert_eq!(found("iv_live_Ab3dEf6"), None, "seven characters");
    }
}
