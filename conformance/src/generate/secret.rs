//! Documents in which it is known what is secret and what is not. Never what a secret looks like: the
//! forms here are public ones that every scanner knows, with chosen digits.

use mock_gateway::json::Json;

use super::Choices;
use super::json::spell;

/// Stands where a secret stood.
const HOLE: &str = "\u{fdd0}";

/// Stands before what is written as JSON inside a string.
const WRITTEN: &str = "\u{fdd1}";

/// Secrets and personal data; each zero becomes a chosen digit.
const SECRETS: &[&str] = &[
    "iv_live_0000000000000000",
    "ghp_000000000000000000000000000000000000",
    "AKIA0000000000000000",
    "sk_live_0000000000000000000000",
    "xoxb-000000000000-abcdefghijkl",
    "jo.00000@example.org",
    "glpat-00000000000000000000",
];

/// Texts in which nothing is to be found.
const PLAIN: &[&str] =
    &["", "hello", "two words", "a\"b\\c", "line\nfeed", "é😀\u{202e}", "1.10", "https://a.example/x", "\0", "{", "[]"];

/// Names whose values are secrets, whatever they are.
const NAMES: &[&str] = &["password", "api_key", "Client-Secret"];

/// Names that say nothing.
const KEYS: &[&str] = &["a", "note", "text", "n", "items", "é"];

/// A document with secrets in it.
#[derive(Debug, Clone)]
pub struct Planted {
    /// The document.
    pub value: Json,
    /// Its secrets.
    pub secrets: Vec<String>,
    /// The document with a hole in the place of each.
    holes: Json,
}

impl Planted {
    /// A document with some secrets, perhaps none.
    #[must_use]
    pub fn choose(choices: &mut Choices<'_>) -> Self {
        let mut secrets = Vec::new();
        let (value, holes) = plant(choices, 4, &mut secrets);
        Self { value, secrets, holes }
    }

    /// Whether `left` is the document with some mark in the place of each secret, and nothing else changed.
    #[must_use]
    pub fn is_all_but_secrets(&self, left: &Json, is_mark: fn(&str) -> bool) -> bool {
        is_left(&self.holes, left, is_mark)
    }
}

fn plant(choices: &mut Choices<'_>, deeper: usize, secrets: &mut Vec<String>) -> (Json, Json) {
    let text = |text: &str| Json::String(text.to_owned());
    let same = |value: Json| (value.clone(), value);
    match choices.below(if deeper == 0 { 6 } else { 11 }) {
        0 => same(Json::Null),
        1 => same(Json::Number(choices.of(&["0", "1.10", "-0", "1e400", "18446744073709551616"]).to_owned())),
        2 => same(text(choices.of(PLAIN))),
        3 | 4 => {
            let (before, after) = (choices.of(&["", "see ", "\"", "é "]), choices.of(&["", " now", "\n", "\""]));
            let secret = secret(choices);
            let both = [secret.as_str(), HOLE].map(|middle| text(&format!("{before}{middle}{after}")));
            secrets.push(secret);
            both.into()
        }
        5 => {
            secrets.push("4111111111111111".to_owned());
            (Json::Number("4111111111111111".to_owned()), text(HOLE))
        }
        6 => {
            let value = format!("{}{}", choices.of(&["hunter2", "x\"7\\y", "correct horse"]), secrets.len());
            let name = choices.of(NAMES);
            let both = [value.as_str(), HOLE].map(|value| Json::Object(vec![(name.to_owned(), text(value))]));
            secrets.push(value);
            both.into()
        }
        7 => {
            // What is a single word again inside is read as a text.
            let (inner, holes) = plant(choices, deeper - 1, secrets);
            let inner = Json::Array(vec![Json::Null, inner]);
            let holes = Json::Array(vec![text(WRITTEN), Json::Array(vec![Json::Null, holes])]);
            (Json::String(spell(&inner, choices)), holes)
        }
        8 => {
            let items = (0..choices.below(4)).map(|_| plant(choices, deeper - 1, secrets));
            let (items, holes) = items.unzip();
            (Json::Array(items), Json::Array(holes))
        }
        _ => {
            let (mut members, mut holes) = (Vec::new(), Vec::new());
            let mut keys = KEYS.to_vec();
            for _ in 0..choices.below(5) {
                let key = keys.remove(choices.below(keys.len())).to_owned();
                let (value, hole) = plant(choices, deeper - 1, secrets);
                members.push((key.clone(), value));
                holes.push((key, hole));
            }
            (Json::Object(members), Json::Object(holes))
        }
    }
}

fn secret(choices: &mut Choices<'_>) -> String {
    let digits = ['3', '1', '4', '5', '9', '2', '6'];
    choices.of(SECRETS).chars().map(|letter| if letter == '0' { choices.of(&digits) } else { letter }).collect()
}

fn is_left(holes: &Json, left: &Json, is_mark: fn(&str) -> bool) -> bool {
    match (holes, left) {
        (Json::String(hole), Json::String(text)) => match hole.split_once(HOLE) {
            Some((before, after)) => {
                text.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).is_some_and(is_mark)
            }
            None => hole == text,
        },
        (Json::Array(holes), Json::String(text)) => match holes.as_slice() {
            [Json::String(written), holes] if written == WRITTEN => {
                Json::parse(text.as_bytes()).is_ok_and(|left| is_left(holes, &left, is_mark))
            }
            _ => false,
        },
        (Json::Array(holes), Json::Array(left)) => {
            holes.len() == left.len() && holes.iter().zip(left).all(|(hole, left)| is_left(hole, left, is_mark))
        }
        (Json::Object(holes), Json::Object(members)) => {
            let is_there =
                |(key, hole): &(String, Json)| left.get(key).is_some_and(|left| is_left(hole, left, is_mark));
            holes.len() == members.len() && holes.iter().all(is_there)
        }
        (hole, left) => hole == left,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_left_and_a_neighbour_touched_are_both_seen() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut planted = 0;
        for _ in 0..500 {
            let bytes: Vec<u8> = (0..100).map(|_| random.u8(..)).collect();
            let document = Planted::choose(&mut Choices::new(&bytes));
            let is_left = document.is_all_but_secrets(&document.value, |mark| mark == "x");
            assert_eq!(is_left, document.secrets.is_empty(), "{}", document.value);
            planted += document.secrets.len();
        }
        assert!(planted > 300, "only {planted} secrets");
        let document =
            Planted { value: Json::Null, secrets: Vec::new(), holes: Json::parse(b"[1.10,\"\xef\xb7\x90\"]").unwrap() };
        let is_left =
            |text: &str| document.is_all_but_secrets(&Json::parse(text.as_bytes()).unwrap(), |mark| mark == "x");
        assert!(is_left("[1.10,\"x\"]") && !is_left("[1.1,\"x\"]") && !is_left("[1.10,\"xx\"]") && !is_left("[1.10]"));
    }
}
