//! What a response or a scan holds, as the fingerprints of every form in which it may be found
//! again: as written, with sorted keys, decoded. Only the forms; whose they are is the parent's.

use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::letters::Labels;
use super::winnow::{GRAM, Print, Winnow};
use super::{encoded, letters};
use crate::api::Scan;
use crate::json::Json;

/// How deep texts inside texts are followed.
const NESTED: usize = 4;

/// What is remembered of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    name: Arc<str>,
    prints: Arc<[u64]>,
}

impl Content {
    /// Reads a value, of which `raw` are the own bytes.
    pub(crate) fn of(value: &Json, raw: &str) -> Self {
        let forms = forms(value, raw);
        // A table has the names of fields once at most, a list before every value.
        let both = forms.iter().flat_map(|form| [Labels::Dropped, Labels::Kept].map(|labels| (form, labels)));
        let mut prints: Vec<u64> =
            both.flat_map(|(form, labels)| Stretch::of(form, labels).prints).map(|print| print.hash).collect();
        prints.sort_unstable();
        prints.dedup();
        let name = sorted(value).map_or_else(|| name(&forms[0]), |text| name(&letters::plain(&text)));
        Self { name: name.into(), prints: prints.into() }
    }

    /// The same for the same letters and digits under the same keys, however they are written.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn prints(&self) -> &[u64] {
        &self.prints
    }
}

fn name(plain: &str) -> String {
    let mut letters = String::with_capacity(plain.len());
    letters::each(plain, Labels::Kept, |letter| letters.push(letter));
    let mut name = String::from("sha256:");
    for byte in Sha256::digest(letters.as_bytes()) {
        write!(name, "{byte:02x}").expect("a String takes every text");
    }
    name
}

/// One form of a scan's content, with the places of its prints.
#[derive(Debug)]
pub(super) struct Stretch {
    /// By their hashes, each once.
    prints: Vec<Print>,
    letters: usize,
}

impl Stretch {
    fn of(plain: &str, labels: Labels) -> Self {
        let mut winnow = Winnow::new();
        letters::each(plain, labels, |letter| winnow.push(letter));
        let (mut prints, letters) = winnow.end();
        prints.sort_unstable();
        prints.dedup_by_key(|print| print.hash);
        Self { prints, letters }
    }

    pub(super) const fn letters(&self) -> usize {
        self.letters
    }

    /// Which of these hashes, given in order, are here too.
    pub(super) fn shared(&self, hashes: &[u64]) -> Vec<u64> {
        const FAR: usize = 16;
        let here = |hash: &u64| self.prints.binary_search_by_key(hash, |print| print.hash).is_ok();
        let there = |print: &Print| hashes.binary_search(&print.hash).is_ok();
        if hashes.len() * FAR < self.prints.len() {
            return hashes.iter().copied().filter(here).collect();
        }
        if self.prints.len() * FAR < hashes.len() {
            return self.prints.iter().filter(|print| there(print)).map(|print| print.hash).collect();
        }
        let (mut shared, mut left) = (Vec::new(), self.prints.iter().map(|print| print.hash).peekable());
        for hash in hashes {
            while left.next_if(|mine| mine < hash).is_some() {}
            shared.extend(left.next_if_eq(hash));
        }
        shared
    }

    /// How many letters stand without a gap in the grams of these hashes: the longest part that was
    /// taken over. Set phrases here and there add up to nothing.
    pub(super) fn longest(&self, hashes: &[u64]) -> usize {
        let place = |hash: &u64| self.prints.binary_search_by_key(hash, |print| print.hash).ok();
        let mut starts: Vec<usize> = hashes.iter().filter_map(place).map(|place| self.prints[place].at).collect();
        starts.sort_unstable();
        let (mut longest, mut run) = (0, 0..0);
        for start in starts {
            run = if start <= run.end { run.start } else { start }..start + GRAM;
            longest = longest.max(run.len());
        }
        longest
    }
}

/// What a scan carries: its body, and its URL past the host.
pub(super) fn of_scan(scan: &Scan) -> Vec<Stretch> {
    let body = scan.body.as_ref().zip(scan.raw_body()).map(|(body, raw)| forms(body, raw));
    let past = scan.url.split_once("://").and_then(|(_, rest)| Some(&rest[rest.find(['/', '?', '#'])?..]));
    let url = past.map(text_forms);
    body.into_iter().chain(url).flatten().map(|form| Stretch::of(&form, Labels::Dropped)).collect()
}

/// The plain texts in which a value may be found again, the one as written first.
fn forms(value: &Json, raw: &str) -> Vec<String> {
    let (mut forms, mut todo) = (Vec::new(), vec![(0, raw.to_owned(), sorted(value))]);
    while let Some((depth, raw, sorted)) = todo.pop() {
        let plain = letters::plain(&raw).into_owned();
        if depth < NESTED {
            let inner = encoded::texts(&plain);
            todo.extend(inner.into_iter().map(|text| {
                let sorted = self::sorted(&Json::String(text.clone()));
                (depth + 1, text, sorted)
            }));
        }
        forms.push(plain);
        forms.extend(sorted.map(|text| letters::plain(&text).into_owned()));
    }
    forms
}

fn text_forms(text: &str) -> Vec<String> {
    forms(&Json::String(text.to_owned()), text)
}

/// The value as text with sorted keys, in it and in the JSON that stands inside its strings; `None`
/// when they are sorted as they are.
fn sorted(value: &Json) -> Option<String> {
    let mut sorted = Sorted { text: String::new(), moved: false };
    sorted.write(value, 0);
    sorted.moved.then_some(sorted.text)
}

struct Sorted {
    text: String,
    moved: bool,
}

impl Sorted {
    fn write(&mut self, value: &Json, depth: usize) {
        match value {
            Json::String(text) => self.string(text, depth),
            Json::Array(items) => {
                for item in items {
                    self.write(item, depth);
                    self.text.push(',');
                }
            }
            Json::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                self.moved |= !members.is_sorted_by(|a, b| a.0 <= b.0);
                members.sort_by(|a, b| a.0.cmp(&b.0));
                for (key, value) in members {
                    self.text.push('"');
                    self.text.push_str(key);
                    self.text.push_str("\":");
                    self.write(value, depth);
                    self.text.push(',');
                }
            }
            plain @ (Json::Null | Json::Bool(_) | Json::Number(_)) => {
                write!(self.text, "{plain}").expect("a String takes every text");
            }
        }
    }

    fn string(&mut self, text: &str, depth: usize) {
        self.text.push('"');
        match inner(text).filter(|_| depth < NESTED) {
            Some((before, value, after)) => {
                self.text.push_str(before);
                self.write(&value, depth + 1);
                self.text.push_str(after);
            }
            None => self.text.push_str(text),
        }
        self.text.push('"');
    }
}

/// The JSON that stands in a text, from its first bracket to its last, and what is around it.
fn inner(text: &str) -> Option<(&str, Json, &str)> {
    [('{', '}'), ('[', ']')].into_iter().find_map(|(first, last)| {
        let (start, end) = (text.find(first)?, text.rfind(last)? + 1);
        let value = Json::parse(text.get(start..end)?.as_bytes()).ok()?;
        Some((&text[..start], value, &text[end..]))
    })
}
