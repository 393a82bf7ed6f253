//! What a text wears when it is carried elsewhere: every dress of which the gateway promises that it is seen
//! through without fail. Never whether it is.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guard_conformance::generate::{Choices, json};
use mock_gateway::json::{Json, Quoted};

/// How many letters and digits must be carried over for a promise to hold.
pub(crate) const ENOUGH: usize = 80;

/// From how many in a row there is an overlap.
pub(crate) const OVERLAP: usize = 64;

/// A dress.
#[derive(Debug, Clone, Copy)]
pub struct Dress {
    /// What the gateway's page on exfiltration calls it.
    pub name: &'static str,
    /// Who can wear it.
    pub(crate) wearer: Wearer,
}

/// Who can wear a dress, and the body that is written in it, as JSON text.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wearer {
    /// Any text.
    Text(fn(&str, &mut Choices<'_>) -> String),
    /// An object of texts, by their names.
    Record(fn(&Record, &mut Choices<'_>) -> String),
}

/// Texts by their names.
pub(crate) type Record = BTreeMap<&'static str, String>;

/// Every one.
pub const ALL: &[Dress] = &[
    text("none, as a field of a message", |text, _| message(text)),
    text("a paragraph or five lines of it", |text, choices| message(part(text, ENOUGH, choices))),
    text("the same amid other text", |text, choices| {
        message(&format!("Καλημέρα, κοιτάξτε: {}\nΕυχαριστώ!", part(text, ENOUGH, choices)))
    }),
    text("80 letters and digits of it", |text, choices| {
        message(&part(text, ENOUGH, choices).replace(|letter: char| !letter.is_alphanumeric(), ""))
    }),
    text("upper case", |text, _| message(&text.to_uppercase())),
    text("wrapped at 40 columns and quoted with >", |text, _| message(&wrapped(text, 40))),
    text("all white space left out", |text, _| message(&text.split_whitespace().collect::<String>())),
    text("all punctuation left out", |text, _| {
        message(&text.replace(|letter: char| letter.is_ascii_punctuation(), " "))
    }),
    text("JSON in a string, four times over", |text, _| {
        message(&(0..4).fold(text.to_owned(), |text, _| object("text", &text)))
    }),
    text("every character as \\u", |text, _| {
        message(&text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>())
    }),
    record("a table of names and values, without colons", |record, _| {
        message(&record.iter().map(|(name, value)| format!("| {name} | {value} |\n")).collect::<String>())
    }),
    record("JSON with its keys in another order", |record, choices| json::spell(&json_of(record), choices)),
    record("the same, spread over lines, in a text", |record, choices| {
        let mut left: Vec<_> = record.iter().collect();
        let lines = (0..record.len()).map(|_| {
            let (name, value) = left.swap_remove(choices.below(left.len()));
            format!("{} : {}", Quoted(name), Quoted(value))
        });
        let lines = lines.collect::<Vec<_>>().join(" ,\n\t");
        message(&format!("Here is what I found.\n\n{{{lines}}}\n\nAnything else?"))
    }),
    record("its values alone, in the order of the keys", |record, _| {
        message(&record.values().map(String::as_str).collect::<Vec<_>>().join(";"))
    }),
    text("base64", |text, _| message(&STANDARD.encode(text))),
    text("base64 in lines of 76", |text, _| {
        let digits = STANDARD.encode(text).into_bytes();
        let lines = digits.chunks(76).map(|line| String::from_utf8_lossy(line).into_owned());
        message(&lines.collect::<Vec<_>>().join("\r\n"))
    }),
    text("base64 of its base64", |text, _| message(&STANDARD.encode(STANDARD.encode(text)))),
    text("hexadecimal", |text, _| message(&text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>())),
    text("percent-encoded", |text, _| message(&percent(text))),
    text("percent-encoded twice", |text, _| message(&percent(&percent(text)))),
    text("a zero-width space after each character", |text, _| {
        message(&text.chars().flat_map(|letter| [letter, '\u{200b}']).collect::<String>())
    }),
];

const fn text(name: &'static str, wear: fn(&str, &mut Choices<'_>) -> String) -> Dress {
    Dress { name, wearer: Wearer::Text(wear) }
}

const fn record(name: &'static str, wear: fn(&Record, &mut Choices<'_>) -> String) -> Dress {
    Dress { name, wearer: Wearer::Record(wear) }
}

fn message(text: &str) -> String {
    object("text", text)
}

fn object(name: &str, text: &str) -> String {
    format!("{{{}:{}}}", Quoted(name), Quoted(text))
}

/// The record as a value.
pub(crate) fn json_of(record: &Record) -> Json {
    let member = |(name, text): (&&str, &String)| ((*name).to_owned(), Json::String(text.clone()));
    Json::Object(record.iter().map(member).collect())
}

/// So many letters and digits in a row, with what stands between them.
pub(crate) fn part<'t>(text: &'t str, letters: usize, choices: &mut Choices<'_>) -> &'t str {
    let places: Vec<_> = text.char_indices().filter(|(_, letter)| letter.is_alphanumeric()).collect();
    let start = choices.below((places.len() - letters + 1).min(256));
    let (last, letter) = places[start + letters - 1];
    &text[places[start].0..last + letter.len_utf8()]
}

fn wrapped(text: &str, columns: usize) -> String {
    let mut lines = vec![String::from(">")];
    for word in text.split_whitespace() {
        if lines.last().is_some_and(|line| line.len() > 1 && line.len() + word.len() > columns) {
            lines.push(String::from(">"));
        }
        if let Some(line) = lines.last_mut() {
            *line = format!("{line} {word}");
        }
    }
    lines.join("\n")
}

fn percent(text: &str) -> String {
    let encoded = |byte: u8| match byte {
        plain if plain.is_ascii_alphanumeric() => char::from(plain).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(encoded).collect()
}
