//! How a text is dressed before it is written elsewhere: what a careless agent does to it, and what
//! somebody does who hides it. Only the dressing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::corpus::{Kind, Random};

/// A dress, and whether it is promised that it is seen through.
pub(crate) struct Disguise {
    pub(crate) name: &'static str,
    pub(crate) promised: bool,
    /// The body that is written, as JSON text; `None` where this kind of text cannot wear it.
    pub(crate) dress: fn(&str, Kind, &mut Random) -> Option<String>,
}

const fn seen(name: &'static str, dress: fn(&str, Kind, &mut Random) -> Option<String>) -> Disguise {
    Disguise { name, promised: true, dress }
}

const fn hidden(name: &'static str, dress: fn(&str, Kind, &mut Random) -> Option<String>) -> Disguise {
    Disguise { name, promised: false, dress }
}

pub(crate) const ALL: &[Disguise] = &[
    seen("none, as a field of a message", |text, _, _| message(text)),
    seen("a paragraph or five lines of it", |text, _, random| message(&part(text, random))),
    seen("the same amid other text", |text, kind, random| {
        message(&format!("{}\n{}\n{}", Kind::Minutes.text(random), part(text, random), kind.text(random)))
    }),
    seen("80 letters and digits of it", |text, _, random| message(&letters(text, 80, random))),
    seen("upper case", |text, _, _| message(&text.to_uppercase())),
    seen("wrapped at 40 columns and quoted with >", |text, _, _| message(&wrapped(text, 40))),
    seen("all white space left out", |text, _, _| message(&text.split_whitespace().collect::<String>())),
    seen("all punctuation left out", |text, _, _| {
        message(&text.replace(|letter: char| letter.is_ascii_punctuation(), " "))
    }),
    seen("JSON in a string, four times over", |text, _, _| {
        message(&(0..4).fold(text.to_owned(), |text, _| json!({ "text": text }).to_string()))
    }),
    seen("every character as \\u", |text, _, _| {
        let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
        message(&units.collect::<String>())
    }),
    seen("a table of names and values, without colons", |text, kind, _| {
        only_json(kind, || {
            let mut fields = Vec::new();
            each_field(&parsed(text), &mut |name, value| fields.push(format!("| {name} | {value} |\n")));
            message(&fields.concat())
        })
    }),
    seen("JSON with its keys in another order", |text, kind, random| {
        only_json(kind, || Some(shuffled(&parsed(text), random)))
    }),
    seen("the same, spread over lines, in a text", |text, kind, random| {
        let value = shuffled(&parsed(text), random);
        only_json(kind, || {
            message(&format!("Here is what I found.\n\n{}\n\nAnything else?", value.replace(',', " ,\n\t")))
        })
    }),
    seen("its values alone, in the order of the keys", |text, kind, _| {
        only_json(kind, || {
            let mut values = Vec::new();
            each_field(&parsed(text), &mut |_, value| values.push(value));
            message(&values.join(";"))
        })
    }),
    seen("base64", |text, _, _| message(&STANDARD.encode(text))),
    seen("base64 in lines of 76", |text, _, _| message(&in_lines(&STANDARD.encode(text), 76))),
    seen("a part of its base64", |text, _, random| {
        let digits = STANDARD.encode(text);
        let start = random.number(0, digits.len() / 2);
        message(&digits[start..start + digits.len() / 2])
    }),
    seen("base64 of its base64", |text, _, _| message(&STANDARD.encode(STANDARD.encode(text)))),
    seen("hexadecimal", |text, _, _| message(&text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>())),
    seen("percent-encoded", |text, _, _| message(&percent(text))),
    seen("percent-encoded twice", |text, _, _| message(&percent(&percent(text)))),
    seen("a zero-width space after each character", |text, _, _| {
        message(&text.chars().flat_map(|letter| [letter, '\u{200b}']).collect::<String>())
    }),
    hidden("a number before each line", |text, _, _| {
        let lines = text.lines().enumerate().map(|(number, line)| format!("{:>4}  {line}\n", number + 1));
        message(&lines.collect::<String>())
    }),
    hidden("every other line", |text, _, _| {
        message(&wrapped(text, 80).lines().step_by(2).collect::<Vec<_>>().join("\n"))
    }),
    hidden("40 letters and digits of it", |text, _, random| message(&letters(text, 40, random))),
    hidden("every third word another one", |text, _, random| {
        let other = Kind::Minutes.text(random);
        let mut others = other.split_whitespace().cycle();
        let words = text.split_whitespace().enumerate().map(|(place, word)| match place % 3 {
            0 => others.next().unwrap_or(word),
            _ => word,
        });
        message(&words.collect::<Vec<_>>().join(" "))
    }),
    hidden("Cyrillic letters that look the same", |text, _, _| {
        message(&text.replace('a', "\u{430}").replace('e', "\u{435}").replace('o', "\u{43e}"))
    }),
    hidden("each letter 13 places on (ROT13)", |text, _, _| {
        let turned = |letter: u8, first: u8| char::from((letter - first + 13) % 26 + first);
        let letters = text.chars().map(|letter| match letter {
            'a'..='z' => turned(letter as u8, b'a'),
            'A'..='Z' => turned(letter as u8, b'A'),
            other => other,
        });
        message(&letters.collect::<String>())
    }),
    hidden("back to front", |text, _, _| message(&text.chars().rev().collect::<String>())),
];

fn message(text: &str) -> Option<String> {
    Some(json!({ "channel": "general", "text": text }).to_string())
}

fn only_json(kind: Kind, dressed: impl FnOnce() -> Option<String>) -> Option<String> {
    if kind == Kind::Record { dressed() } else { None }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

/// A paragraph where there are some; else five lines, or a quarter of the only one.
fn part(text: &str, random: &mut Random) -> String {
    let paragraphs: Vec<&str> = text.split("\n\n").filter(|part| part.len() > 150).collect();
    if paragraphs.len() > 1 {
        return random.one(&paragraphs).to_owned();
    }
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() > 5 {
        let start = random.number(0, lines.len() - 5);
        return lines[start..start + 5].join("\n");
    }
    let length = (text.len() / 4).max(300).min(text.len());
    let start = random.number(0, text.len() - length);
    text[start..start + length].to_owned()
}

/// So many letters and digits in a row.
fn letters(text: &str, length: usize, random: &mut Random) -> String {
    let letters: Vec<char> = text.chars().filter(|letter| letter.is_alphanumeric()).collect();
    let start = random.number(0, letters.len() - length);
    letters[start..start + length].iter().collect()
}

fn wrapped(text: &str, columns: usize) -> String {
    let (mut wrapped, mut column) = (String::from("> "), 0);
    for word in text.split_whitespace() {
        if column > 0 && column + word.len() > columns {
            wrapped.push_str("\n> ");
            column = 0;
        }
        wrapped.push_str(word);
        wrapped.push(' ');
        column += word.len() + 1;
    }
    wrapped
}

fn in_lines(text: &str, columns: usize) -> String {
    let lines = text.as_bytes().chunks(columns).map(|line| String::from_utf8_lossy(line).into_owned());
    lines.collect::<Vec<_>>().join("\r\n")
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// JSON text with the keys of each object in any order.
fn shuffled(value: &Value, random: &mut Random) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| shuffled(item, random)).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(members) => {
            let mut left: Vec<_> = members.iter().map(|(key, value)| (key, shuffled(value, random))).collect();
            let mut members = Vec::new();
            while !left.is_empty() {
                let (key, value) = left.swap_remove(random.number(0, left.len()));
                members.push(format!("{}:{value}", json!(key)));
            }
            format!("{{{}}}", members.join(","))
        }
        other => other.to_string(),
    }
}

/// Shows every field that is no object, with its name.
fn each_field(value: &Value, see: &mut impl FnMut(&str, String)) {
    let mut named = |name: &str, value: &Value| match value {
        Value::Array(_) | Value::Object(_) => each_field(value, see),
        Value::String(text) => see(name, text.clone()),
        other => see(name, other.to_string()),
    };
    match value {
        Value::Array(items) => items.iter().for_each(|item| named("item", item)),
        Value::Object(members) => members.iter().for_each(|(name, value)| named(name, value)),
        other => see("value", other.to_string()),
    }
}
