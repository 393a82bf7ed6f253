//! What the guard takes for JSON: against a parser that shares no code with it, and against the one
//! that most Rust servers have. Never a message.

use std::borrow::Cow;

use mcp_guard::json::{Document, Flaw, Kind, MAX_DEPTH, Value};
use mock_gateway::json::Json;

/// How far down the guard is asked where members stand.
const LEVELS: usize = 3;

/// What some JSON libraries take for an instruction to themselves.
const RESERVED: &str = "$serde_json::private::";

/// The frame gate and an independent strict parser accept the same texts and read the same in them,
/// and what is accepted reads the same under `serde_json`. The gate may refuse more for two reasons
/// only: nesting past its limit and keys that are reserved.
///
/// # Panics
/// Where the two differ.
pub fn gate_agrees(text: &[u8]) {
    match (Document::read(text, LEVELS), Json::parse(text)) {
        (Ok(document), Ok(value)) => {
            assert!(depth(&value) <= MAX_DEPTH, "served, though deeper than the limit: {}", shown(text));
            assert!(!has_reserved_key(&value), "served, though with a reserved key: {}", shown(text));
            same(document.root(), &value, LEVELS);
            same_under_serde_json(text, &value);
        }
        (Ok(_), Err(error)) => panic!("accepted, though not strict JSON ({error}): {}", shown(text)),
        (Err(defect), Ok(value)) => match defect.flaw {
            Flaw::TooDeep => assert!(depth(&value) > MAX_DEPTH, "refused as too deep: {}", shown(text)),
            Flaw::ReservedKey => assert!(has_reserved_key(&value), "refused for its keys: {}", shown(text)),
            _ => panic!("refused ({defect}), though strict JSON: {}", shown(text)),
        },
        (Err(_), Err(_)) => {}
    }
}

/// A text for whoever reads why a property broke.
pub(crate) fn shown(text: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(text)
}

/// How many arrays and objects stand in one another.
pub(crate) fn depth(value: &Json) -> usize {
    let deepest = |values: &mut dyn Iterator<Item = &Json>| values.map(depth).max().unwrap_or_default();
    match value {
        Json::Array(items) => 1 + deepest(&mut items.iter()),
        Json::Object(members) => 1 + deepest(&mut members.iter().map(|(_, value)| value)),
        _ => 0,
    }
}

/// Whether the guard refuses the text for a key, wherever it stands.
pub(crate) fn has_reserved_key(value: &Json) -> bool {
    match value {
        Json::Array(items) => items.iter().any(has_reserved_key),
        Json::Object(members) => {
            members.iter().any(|(key, value)| key.starts_with(RESERVED) || has_reserved_key(value))
        }
        _ => false,
    }
}

fn same(ours: Value<'_>, theirs: &Json, levels: usize) {
    let raw = ours.raw();
    let again = Json::parse(raw.as_bytes());
    assert_eq!(again.as_ref(), Ok(theirs), "the gate points at another place: {raw}");
    match theirs {
        Json::String(text) => assert_eq!(ours.as_str().as_deref(), Some(&**text), "the gate reads {raw} otherwise"),
        Json::Array(items) => {
            let elements: Vec<_> = ours.elements().map(|element| Json::parse(element.as_bytes())).collect();
            let items: Vec<_> = items.iter().cloned().map(Ok).collect();
            assert_eq!(elements, items, "the gate sees other elements in {raw}");
        }
        Json::Object(members) if levels > 0 => {
            let seen: Vec<_> = ours.members().map(|(key, _)| key).collect();
            let keys: Vec<_> = members.iter().map(|(key, _)| &**key).collect();
            assert_eq!(seen, keys, "the gate sees other keys in {raw}");
            ours.members().zip(members).for_each(|((_, ours), (_, theirs))| same(ours, theirs, levels - 1));
        }
        _ => {}
    }
    let kind = match theirs {
        Json::Null => Kind::Null,
        Json::Bool(_) => Kind::Bool,
        Json::Number(_) => Kind::Number,
        Json::String(_) => Kind::String,
        Json::Array(_) => Kind::Array,
        Json::Object(_) => Kind::Object,
    };
    assert_eq!(ours.kind(), kind, "the gate takes {raw} for another kind");
}

fn same_under_serde_json(text: &[u8], value: &Json) {
    match serde_json::from_slice(text) {
        Ok(read) => assert!(reads_as(value, &read), "serde_json reads {read}: {}", shown(text)),
        // Its numbers are doubles, and it says so rather than read another one.
        Err(error) => assert!(has_huge_number(value), "serde_json refuses ({error}): {}", shown(text)),
    }
}

fn has_huge_number(value: &Json) -> bool {
    match value {
        Json::Number(text) => text.parse().is_ok_and(f64::is_infinite),
        Json::Array(items) => items.iter().any(has_huge_number),
        Json::Object(members) => members.iter().any(|(_, value)| has_huge_number(value)),
        _ => false,
    }
}

/// The same value, but for digits that a double does not hold.
fn reads_as(value: &Json, read: &serde_json::Value) -> bool {
    match (value, read) {
        (Json::Null, serde_json::Value::Null) => true,
        (Json::Bool(ours), serde_json::Value::Bool(theirs)) => ours == theirs,
        (Json::String(ours), serde_json::Value::String(theirs)) => ours == theirs,
        (Json::Number(ours), serde_json::Value::Number(theirs)) => {
            let (ours, theirs) = (ours.parse().unwrap_or(f64::NAN), theirs.as_f64().unwrap_or(f64::NAN));
            // Without its feature `float_roundtrip` the last place is not exact.
            (ours - theirs).abs() <= ours.abs() * 4.0 * f64::EPSILON + f64::from_bits(4)
        }
        (Json::Array(ours), serde_json::Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| reads_as(ours, theirs))
        }
        (Json::Object(ours), serde_json::Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().all(|(key, value)| theirs.get(key).is_some_and(|theirs| reads_as(value, theirs)))
        }
        _ => false,
    }
}
