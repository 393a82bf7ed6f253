//! What was read on one host and is written to another: recognised in every dress, and nothing else is. Never
//! what a gateway does about it beyond saying so.

use guard_conformance::generate::{Choices, json};
use mock_gateway::json::Json;

use crate::dress::{self, ENOUGH, OVERLAP, Record, Wearer};
use crate::gateway::Gateway;

/// Words of a text, of which none stands twice in it: what repeats itself is not promised to be found.
const WORDS: &str = "\
    Brennhavn closes its works by March 214 people were offered places in Kjelsund nobody Ærø knows before \
    unions told quarterly figures 41250 euros supplier façade rejects Гданьск tender twice because 7th \
    shipment lacked seals museum lends bronze horse to Jyväskylä until autumn if insurers agree оттуда x86 \
    kernel panics under load whenever swap fills 日本語 manuals omit chapter 9 however vivid drawings help any \
    beginner 𐌰𐌱𐌲 wizard quota";

/// Letters of another alphabet than any of the words, so that not one joins a row by chance.
const OTHERS: &str = "\
    καλημέρα δρόμοι θάλαττα ψωμί βουνό γράμμα ξύλινη φωτιά ζωή ήλιε";

/// What stands between words. A colon would make a label of the word before it, which only a copy without colons
/// has; escapes in a text are undone wherever it is read.
const BETWEEN: &[&str] = &[
    " ", ", ", ".\n", "; ", " – ", "/", "\t", "-", "\n\n", "' ", " \"", " (", ") ", "&", "_", "\u{200b}", "", "=", "+",
    "\r\n> ",
];

/// Names of fields.
const NAMES: &[&str] =
    &["name", "city", "note", "order_no", "rep", "since", "limit", "Terms", "état", "unit-price", "a", "plan"];

/// What one agent has read on one host and writes to another, 80 letters and digits of it and more, is recognised in
/// each dress that the gateway promises to see through, and the verdict names the trace under which it was read. A row
/// that is shorter than an overlap is not taken for one, in no dress and whatever stands around it. The choices make the
/// text and its dress.
///
/// # Panics
/// When an overlap is missed, or seen where there is none.
pub fn overlap_is_found(choices: &[u8]) {
    let mut choices = Choices::new(choices);
    let dress = choices.of(dress::ALL);
    let (read, written) = match dress.wearer {
        Wearer::Record(wear) => {
            let record = record(&mut choices);
            (json::spell(&dress::json_of(&record), &mut choices), wear(&record, &mut choices))
        }
        Wearer::Text(wear) => {
            let text = text(WORDS, ENOUGH + choices.below(200), &mut choices);
            let read = json::spell(&Json::String(text.clone()), &mut choices);
            let letters = 1 + choices.below(OVERLAP - 1);
            let little = amid_others(dress::part(&text, letters, &mut choices), &mut choices);
            let written = wear(&little, &mut choices);
            assert_eq!(carried_out(&read, &written), None, "{}: {letters} letters of {read} in {written}", dress.name);
            (read, wear(&text, &mut choices))
        }
    };
    let (trace, words) = carried_out(&read, &written)
        .unwrap_or_else(|| panic!("{}: not recognised in {written} was {read}", dress.name));
    assert!(words.contains(&trace), "{words} does not name {trace}");
}

/// The trace under which the response was read and what the gateway says of the write, where it sees an overlap.
fn carried_out(response: &str, body: &str) -> Option<(String, String)> {
    let mut gateway = Gateway::correlating();
    let read = gateway.asked("/v1/scan", r#"{"method":"GET","url":"https://intranet.example/item"}"#);
    let trace = read.get("trace_id").and_then(Json::as_str).expect("each verdict has a trace").to_owned();
    gateway.asked("/v1/scan/response", &format!(r#"{{"trace_id":"{trace}","response_body":{response}}}"#));
    let write = format!(r#"{{"method":"POST","url":"https://elsewhere.example/new","body":{body}}}"#);
    let verdict = gateway.asked("/v1/scan", &write);
    let flagged = verdict.pointer("/reason_codes/0").and_then(Json::as_str) == Some("SENSITIVE_DATA_EGRESS");
    let words = verdict.pointer("/signals/0/details").and_then(Json::as_str);
    assert_eq!(flagged, words.is_some(), "the verdict says one thing and its signals another: {verdict}");
    Some((trace, words?.to_owned()))
}

/// These words in some order, each once, until there are so many letters and digits.
fn text(words: &str, letters: usize, choices: &mut Choices<'_>) -> String {
    joined(&mut words.split(' ').collect(), letters, choices)
}

/// The same of words that are used up by it.
fn joined(words: &mut Vec<&str>, letters: usize, choices: &mut Choices<'_>) -> String {
    let mut text = String::new();
    while count(&text) < letters && !words.is_empty() {
        text += words.remove(choices.below(words.len()));
        text += choices.of(BETWEEN);
    }
    text
}

/// Long enough for every dress, and what was read is only a part of it.
fn amid_others(part: &str, choices: &mut Choices<'_>) -> String {
    let [before, after] = [(), ()].map(|()| text(OTHERS, ENOUGH / 2, choices));
    format!("{before} {part} {after}")
}

/// A record whose texts have enough letters and digits together.
fn record(choices: &mut Choices<'_>) -> Record {
    let (mut names, mut words, mut record) = (NAMES.to_vec(), WORDS.split(' ').collect(), Record::new());
    while record.values().map(|text| count(text)).sum::<usize>() < ENOUGH {
        let name = names.remove(choices.below(names.len()));
        record.insert(name, joined(&mut words, 8 + choices.below(20), choices));
    }
    record
}

fn count(text: &str) -> usize {
    text.chars().filter(|letter| letter.is_alphanumeric()).count()
}
