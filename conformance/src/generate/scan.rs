//! The line of a scan: ordinary, with one thing in it that is odd, or with arguments that are not those of a scan. In
//! the notation of a case's `raw` line, `{id}` for its id. Never what is due to it.

use mock_gateway::json::{Json, Quoted};

use super::oddity::{ID, LONG, NOT_UTF8, PLACES, Place, VALUES};
use super::{Choices, json, message};

/// A line, and what is odd in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// The line, without its end.
    pub line: String,
    /// A name for what is odd, from a closed set.
    pub oddity: &'static str,
}

/// What is said of a scan in which nothing is odd.
pub const ORDINARY: &str = "ordinary body";

const TOOLS: &[&str] = &["t", "slack", "é\"\\", "a/b"];
const METHODS: &[&str] = &["POST", "GET", "delete"];
/// Each with the id in it, so that what is asked about one line is never taken for another's.
const URLS: &[&str] = &[
    "https://a.example/\u{f8fd}?q=%41#f",
    "https://A.example:443/../\u{f8fd}",
    "mcp://s/\u{f8fd}",
    "tool://\u{202e}/\u{f8fd}",
    "https://a/\"\\\u{f8fd}",
];

/// Values in which there is nothing odd.
const PLAIN: &[&str] = &["null", "true", "1", "\"text\"", "[]", "{}"];

/// How deep something odd may lie.
const DEEPEST: usize = 4;

/// The line of a scan.
#[must_use]
pub fn line(choices: &mut Choices<'_>) -> Scan {
    match choices.below(8) {
        0 | 1 => with(&arguments(&json::value(choices), choices), None, ORDINARY),
        2 => {
            let arguments = message::arguments(choices);
            with(&json::spell(&arguments, choices), None, "arguments of any kind")
        }
        3 | 4 => {
            let (oddity, place, text) = choices.of(PLACES);
            with(&arguments(&Json::Null, choices), Some((place, text)), oddity)
        }
        _ => {
            let (oddity, text) = choices.of(VALUES);
            with(&arguments(&around(text, DEEPEST, choices), choices), None, oddity)
        }
    }
}

/// A text in the place of a value, and around it values in which nothing is odd, so that it is what shows.
fn around(text: &str, deeper: usize, choices: &mut Choices<'_>) -> Json {
    let plain = |choices: &mut Choices<'_>| Json::Number(choices.of(PLAIN).to_owned());
    match if deeper == 0 { 0 } else { choices.below(4) } {
        0 | 1 => Json::Number(text.to_owned()),
        2 => {
            let mut items: Vec<Json> = (0..choices.below(4)).map(|_| plain(choices)).collect();
            items.insert(choices.below(items.len() + 1), around(text, deeper - 1, choices));
            Json::Array(items)
        }
        _ => {
            let key = choices.of(&["a", "b", "c"]).to_owned();
            let mut members = vec![(key, around(text, deeper - 1, choices))];
            members.extend((0..choices.below(3)).map(|index| (format!("k{index}"), plain(choices))));
            Json::Object(members)
        }
    }
}

fn arguments(body: &Json, choices: &mut Choices<'_>) -> String {
    let text = |text: &str, choices: &mut Choices<'_>| json::spell(&Json::String(text.to_owned()), choices);
    let (tool, method) = (choices.of(TOOLS), choices.of(METHODS));
    let (tool, method) = (text(tool, choices), text(method, choices));
    let url = Quoted(choices.of(URLS));
    format!("{{\"tool_name\":{tool},\"method\":{method},\"url\":{url},\"body\":{}}}", json::spell(body, choices))
}

/// The line around the arguments, with something in a place where it does not belong.
fn with(arguments: &str, misplaced: Option<(Place, &str)>, oddity: &'static str) -> Scan {
    let at = |place| misplaced.filter(|(other, _)| *other == place).map_or_else(String::new, |(_, text)| noted(text));
    let mut arguments = noted(arguments);
    if let Some(end) = arguments.rfind('}').filter(|_| arguments.starts_with('{')) {
        arguments.insert_str(end, &at(Place::BehindArguments));
    }
    let line = format!(
        "{}{{\"jsonrpc\":\"2.0\",\"id\":\"{{id}}\"{},\"method\":\"tools/call\",\"params\":{{{{meta}}{}\"name\":\"{{scan}}\",{}\"arguments\":{arguments}}}}}{}",
        at(Place::Start),
        at(Place::BehindId),
        at(Place::BeforeName),
        at(Place::BeforeArguments),
        at(Place::End),
    );
    Scan { line, oddity }
}

/// A text as a `raw` line writes it: bytes for whatever does not show, and for what would be a placeholder.
#[must_use]
pub fn noted(text: &str) -> String {
    let mut out = String::new();
    for (at, letter) in text.char_indices() {
        match letter {
            NOT_UTF8 => out.push_str("{hex:ff}"),
            ID => out.push_str("{id}"),
            LONG => out.push_str("{spaces:70000}"),
            '{' if is_placeholder(&text[at..]) => out.push_str("{hex:7b}"),
            ' '..='~' => out.push(letter),
            _ if letter.is_alphanumeric() => out.push(letter),
            _ => {
                let mut buffer = [0; 4];
                let bytes = letter.encode_utf8(&mut buffer).bytes();
                let digits: String = bytes.map(|byte| format!("{byte:02x}")).collect();
                out.extend(["{hex:", &digits, "}"]);
            }
        }
    }
    out
}

fn is_placeholder(text: &str) -> bool {
    ["{id}", "{meta}", "{scan}", "{hex:", "{lists:", "{spaces:"].iter().any(|name| text.starts_with(name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_oddity_comes_up() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut seen = BTreeSet::new();
        for _ in 0..5000 {
            let bytes: Vec<u8> = (0..60).map(|_| random.u8(..)).collect();
            seen.insert(line(&mut Choices::new(&bytes)).oddity);
        }
        let all = VALUES.iter().map(|(name, _)| *name).chain(PLACES.iter().map(|(name, ..)| *name));
        let all: BTreeSet<_> = all.chain([ORDINARY, "arguments of any kind"]).collect();
        assert_eq!(seen, all);
        assert_eq!(all.len(), VALUES.len() + PLACES.len() + 2, "no two have one name");
    }

    #[test]
    fn what_does_not_show_is_written_as_bytes() {
        assert_eq!(noted("a\r\u{feff}é{scan}{}\u{f8ff}"), "a{hex:0d}{hex:efbbbf}é{hex:7b}scan}{}{hex:ff}");
    }
}
