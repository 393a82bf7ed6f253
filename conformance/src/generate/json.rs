//! JSON values, the ways to write one, and texts that are almost JSON, with the digits, escapes and
//! keys on which parsers are known to differ. Never a message.

use mock_gateway::json::{Json, Quoted};

use super::Choices;

/// How deep a value goes.
const DEEPEST: usize = 6;

/// Numbers that some parser rewrites, rounds or refuses.
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "-0",
    "-0.0",
    "1.0",
    "1.10",
    "0.1",
    "1e2",
    "1E+2",
    "1e-2",
    "1e22",
    "1e400",
    "-1e400",
    "1e-400",
    "5e-324",
    "2.2250738585072011e-308",
    "1.7976931348623159e308",
    "9007199254740993",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "123456789012345678901234567890",
    "0.1000000000000000055511151231257827",
];

/// What strings are made of: what must be escaped, what may be, and what looks like something else.
const PIECES: &[&str] = &[
    "a",
    "Z",
    " ",
    "0",
    "hello",
    "/",
    "\"",
    "\\",
    "\n",
    "\r",
    "\t",
    "\u{8}",
    "\u{c}",
    "\0",
    "\u{1f}",
    "\u{7f}",
    "\u{85}",
    "é",
    "e\u{301}",
    "\u{202e}",
    "\u{2028}",
    "\u{feff}",
    "\u{fffd}",
    "\u{ffff}",
    "😀",
    "\u{10ffff}",
    "$",
    "{}",
    "],",
    "://",
    "%41",
    "\\u0041",
    "null",
];

/// Keys with which some parser or library does more than look them up.
const KEYS: &[&str] = &[
    "a",
    "b",
    "A",
    "",
    "0",
    "10",
    "id",
    "method",
    "params",
    "name",
    "arguments",
    "url",
    "body",
    "tool_name",
    "decision",
    "__proto__",
    "constructor",
    "a\0",
    "é",
    "e\u{301}",
    "$serde_json::private::Number",
    "$ref",
];

/// What makes a text one that parsers read in different ways, or no JSON at all.
const FAULTS: &[&str] = &[
    "\r",
    "NaN",
    "-Infinity",
    "\"\\ud800\"",
    "\\udc00",
    ",",
    "01",
    "+1",
    "1.",
    ".5",
    "0x1f",
    "'a'",
    "/**/",
    "\u{feff}",
    "\u{a0}",
    "\0",
    "\u{1}",
    "\"a\":0,",
    "\"\\u0061\":0,",
    "}",
    "]",
    "{",
    "\"",
    "\\",
    "\\x41",
    "\\u00g0",
    "tru",
];

/// Any value, with no key twice in one object.
#[must_use]
pub fn value(choices: &mut Choices<'_>) -> Json {
    nested(choices, DEEPEST)
}

fn nested(choices: &mut Choices<'_>, deeper: usize) -> Json {
    let kinds = if deeper == 0 { 5 } else { 9 };
    match choices.below(kinds) {
        0 => Json::Null,
        1 => Json::Bool(choices.once_in(2)),
        2 => Json::Number(number(choices)),
        3 | 4 => Json::String(string(choices)),
        5 | 6 => Json::Array((0..choices.below(5)).map(|_| nested(choices, deeper - 1)).collect()),
        _ => Json::Object(object(choices, deeper - 1)),
    }
}

fn object(choices: &mut Choices<'_>, deeper: usize) -> Vec<(String, Json)> {
    let mut members: Vec<(String, Json)> = Vec::new();
    for _ in 0..choices.below(6) {
        let key = if choices.once_in(5) { string(choices) } else { choices.of(KEYS).to_owned() };
        if members.iter().all(|(other, _)| *other != key) {
            members.push((key, nested(choices, deeper)));
        }
    }
    members
}

/// The text of a number.
#[must_use]
pub fn number(choices: &mut Choices<'_>) -> String {
    if !choices.once_in(3) {
        return choices.of(NUMBERS).to_owned();
    }
    let digits = |choices: &mut Choices<'_>, most: usize| -> String {
        (0..=choices.below(most))
            .map(|_| char::from(b'0' + choices.of(b"\0\x01\x02\x03\x04\x05\x06\x07\x08\x09")))
            .collect()
    };
    let whole = digits(choices, 22);
    let whole = whole.trim_start_matches('0');
    let mut text = choices.of(&["", "-"]).to_owned() + if whole.is_empty() { "0" } else { whole };
    if choices.once_in(2) {
        text = text + "." + &digits(choices, 18);
    }
    if choices.once_in(3) {
        text = text + choices.of(&["e", "E", "e+", "e-"]) + &digits(choices, 3);
    }
    text
}

/// A string.
#[must_use]
pub fn string(choices: &mut Choices<'_>) -> String {
    (0..choices.below(6)).map(|_| choices.of(PIECES)).collect()
}

/// One of the ways to write a value: its keys in some order, some white space, some escapes.
#[must_use]
pub fn spell(value: &Json, choices: &mut Choices<'_>) -> String {
    let mut text = String::new();
    put(value, choices, &mut text);
    text
}

fn put(value: &Json, choices: &mut Choices<'_>, text: &mut String) {
    match value {
        Json::String(string) => put_string(string, choices, text),
        Json::Array(items) => put_all('[', items.iter().collect(), ']', choices, text, put),
        Json::Object(members) => {
            let mut left: Vec<_> = members.iter().collect();
            let order = (0..members.len()).map(|_| left.remove(choices.below(left.len().min(256)))).collect();
            put_all('{', order, '}', choices, text, |(key, value), choices, text| {
                put_string(key, choices, text);
                put_space(choices, text);
                text.push(':');
                put_space(choices, text);
                put(value, choices, text);
            });
        }
        plain => text.push_str(&plain.to_string()),
    }
}

fn put_all<'v, T>(
    open: char,
    items: Vec<&'v T>,
    close: char,
    choices: &mut Choices<'_>,
    text: &mut String,
    mut put: impl FnMut(&'v T, &mut Choices<'_>, &mut String),
) {
    text.push(open);
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        put_space(choices, text);
        put(item, choices, text);
        put_space(choices, text);
    }
    text.push(close);
}

fn put_space(choices: &mut Choices<'_>, text: &mut String) {
    text.push_str(choices.of(&["", "", "", "", "", " ", "\t", "  "]));
}

fn put_string(string: &str, choices: &mut Choices<'_>, text: &mut String) {
    if !choices.once_in(3) {
        text.push_str(&Quoted(string).to_string());
        return;
    }
    text.push('"');
    for letter in string.chars() {
        let short = match letter {
            '"' => Some("\\\""),
            '\\' => Some("\\\\"),
            '/' => Some("\\/"),
            '\u{8}' => Some("\\b"),
            '\u{c}' => Some("\\f"),
            '\n' => Some("\\n"),
            '\r' => Some("\\r"),
            '\t' => Some("\\t"),
            _ => None,
        };
        match (choices.below(3), short) {
            (0, None) if letter >= ' ' => text.push(letter),
            (0 | 1, Some(short)) => text.push_str(short),
            (way, _) => letter.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                text.push_str(&if way == 1 { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") });
            }),
        }
    }
    text.push('"');
}

/// A text that is meant to be JSON, and now and then is not.
#[must_use]
pub fn text(choices: &mut Choices<'_>) -> Vec<u8> {
    let value = value(choices);
    nearly(value, choices)
}

/// One of the ways to write a value; now and then with a key twice, or with a fault.
#[must_use]
pub fn nearly(mut value: Json, choices: &mut Choices<'_>) -> Vec<u8> {
    if choices.once_in(8) {
        double_a_key(&mut value, choices);
    }
    let text = spell(&value, choices).into_bytes();
    spoil(text, choices)
}

/// Lets a key stand twice in some object, if there is one with a key.
fn double_a_key(value: &mut Json, choices: &mut Choices<'_>) {
    match value {
        Json::Array(items) if !items.is_empty() => {
            let at = choices.below(items.len().min(256));
            double_a_key(&mut items[at], choices);
        }
        Json::Object(members) if !members.is_empty() => {
            let at = choices.below(members.len().min(256));
            let (key, inner) = &mut members[at];
            if choices.once_in(3) {
                double_a_key(inner, choices);
            } else {
                let again = (key.clone(), if choices.once_in(2) { inner.clone() } else { nested(choices, 1) });
                members.push(again);
            }
        }
        _ => {}
    }
}

/// The text, or the text with one fault in it.
fn spoil(mut text: Vec<u8>, choices: &mut Choices<'_>) -> Vec<u8> {
    if !choices.once_in(3) {
        return text;
    }
    let at = (choices.below(256) << 8 | choices.below(256)) % (text.len() + 1);
    match choices.below(4) {
        // Behind a brace it is a member, and may well be one that stands there already.
        0 | 1 => {
            let behind = text[..at].iter().rposition(|byte| b"{[,:".contains(byte)).map_or(at, |brace| brace + 1);
            text.splice(behind..behind, choices.of(FAULTS).bytes());
        }
        2 => drop(text.splice(at..at, choices.of(FAULTS).bytes())),
        _ => text.insert(at, u8::try_from(choices.below(256)).unwrap_or_default()),
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list of choices that looks like none in particular.
    fn bytes(seed: u64) -> Vec<u8> {
        let mut random = fastrand::Rng::with_seed(seed);
        (0..random.usize(0..200)).map(|_| random.u8(..)).collect()
    }

    #[test]
    fn a_value_is_the_same_however_it_is_spelled() {
        let mut spellings = std::collections::BTreeSet::new();
        for seed in 0..2000 {
            let bytes = bytes(seed);
            let mut choices = Choices::new(&bytes);
            let value = value(&mut choices);
            let text = spell(&value, &mut choices);
            assert_eq!(Json::parse(text.as_bytes()).as_ref(), Ok(&value), "{text}");
            spellings.insert(text);
        }
        assert!(spellings.len() > 1000, "only {} texts are made", spellings.len());
    }

    #[test]
    fn some_texts_are_json_and_some_are_not() {
        let is_json = |seed| Json::parse(&text(&mut Choices::new(&bytes(seed)))).is_ok();
        let good = (0..2000).filter(|seed| is_json(*seed)).count();
        assert!((1000..1900).contains(&good), "{good} of 2000 are JSON");
    }

    #[test]
    fn no_choices_make_the_smallest_text() {
        assert_eq!(text(&mut Choices::new(&[])), b"null");
    }
}
