//! JSON of which every value keeps its own bytes: strict checking, and objects of raw values.
//! Never a number type and never a tree of decoded values: what is not decoded cannot be altered.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

/// The deepest nesting that is served; past it a message is refused with an error.
pub(crate) const MAX_DEPTH: usize = 128;

/// Why a text is refused although a lenient reader might take it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotStrict(pub(crate) String);

impl fmt::Display for NotStrict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<serde_json::Error> for NotStrict {
    fn from(error: serde_json::Error) -> Self {
        Self(format!("not JSON: {error}"))
    }
}

/// Refuses what two readers could read differently: a key twice in one object, at any depth, a lone
/// surrogate, nesting past the limit.
pub(crate) fn strict(value: &RawValue) -> Result<(), NotStrict> {
    // First, because the check below reads a value once more for every level around it.
    if depth(value.get()) > MAX_DEPTH {
        return Err(NotStrict(format!("nesting past {MAX_DEPTH} levels")));
    }
    strict_within(value)
}

/// The deepest nesting of a JSON text.
pub(crate) fn depth(text: &str) -> usize {
    let (mut deepest, mut open, mut quoted, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => open += 1,
            b'}' | b']' if !quoted => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}

fn strict_within(value: &RawValue) -> Result<(), NotStrict> {
    let text = value.get();
    match text.as_bytes().first() {
        Some(b'{') => {
            let Entries(entries) = serde_json::from_str(text)?;
            let mut keys = HashSet::new();
            entries.iter().try_for_each(|(key, value)| {
                if keys.insert(key) { strict_within(value) } else { Err(NotStrict("a key twice in one object".into())) }
            })
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text)?;
            items.into_iter().try_for_each(strict_within)
        }
        // The skipping reader behind `RawValue` does not look at surrogates; decoding does.
        Some(b'"') => serde_json::from_str::<String>(text).map(drop).map_err(NotStrict::from),
        _ => Ok(()),
    }
}

/// The value built again from its parts, those replaced for which `change` has something else. It is
/// told how deep each lies, the value itself at 1. Of a key twice in one object the last stays.
pub(crate) fn rebuilt(value: &RawValue, change: &dyn Fn(&RawValue, usize) -> Option<Box<RawValue>>) -> Box<RawValue> {
    // What nobody serves is not worth the stack.
    if depth(value.get()) > MAX_DEPTH { value.to_owned() } else { rebuilt_at(value, 1, change) }
}

fn rebuilt_at(
    value: &RawValue,
    level: usize,
    change: &dyn Fn(&RawValue, usize) -> Option<Box<RawValue>>,
) -> Box<RawValue> {
    if let Some(other) = change(value, level) {
        return other;
    }
    let text = value.get();
    match text.as_bytes().first() {
        Some(b'{') => {
            let Ok(Entries(entries)) = serde_json::from_str(text) else { return value.to_owned() };
            let add = |object: Object, (key, value): (String, &RawValue)| {
                object.with(&key, rebuilt_at(value, level + 1, change))
            };
            raw(entries.into_iter().fold(Object::default(), add))
        }
        Some(b'[') => {
            let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(text) else { return value.to_owned() };
            raw(items.into_iter().map(|item| rebuilt_at(item, level + 1, change)).collect::<Vec<_>>())
        }
        _ => value.to_owned(),
    }
}

/// One object in the order written; keys decoded, values as their own bytes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Object(Vec<(String, Box<RawValue>)>);

impl Object {
    /// The members of a value that is an object.
    pub(crate) fn of(value: &RawValue) -> Option<Self> {
        let Entries(entries) = serde_json::from_str(value.get()).ok()?;
        Some(Self(entries.into_iter().map(|(key, value)| (key, value.to_owned())).collect()))
    }

    /// The members of a text that is one strict object.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, NotStrict> {
        let value: &RawValue = serde_json::from_slice(text)?;
        strict(value)?;
        Self::of(value).ok_or_else(|| NotStrict("not an object".into()))
    }

    pub(crate) fn get(&self, key: &str) -> Option<&RawValue> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| &**value)
    }

    /// The decoded text of a member that is a string.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        serde_json::from_str(self.get(key)?.get()).ok()
    }

    /// How many members bear this key: more than one only before [`strict`] has spoken.
    pub(crate) fn count(&self, key: &str) -> usize {
        self.0.iter().filter(|(name, _)| name == key).count()
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Replaces a member where it stands, or adds it at the end.
    pub(crate) fn set(&mut self, key: &str, value: impl Serialize) {
        let value = raw(value);
        match self.0.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => *old = value,
            None => self.0.push((key.to_owned(), value)),
        }
    }

    /// The same, as a chain.
    pub(crate) fn with(mut self, key: &str, value: impl Serialize) -> Self {
        self.set(key, value);
        self
    }

    pub(crate) fn remove(&mut self, key: &str) {
        self.retain(|name| name != key);
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.0.retain(|(name, _)| keep(name));
    }
}

/// Values keep their bytes; between them stands no white space.
impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// The JSON text of plain data, kept raw.
pub(crate) fn raw(value: impl Serialize) -> Box<RawValue> {
    serde_json::value::to_raw_value(&value).expect("plain data with string keys always has a JSON text")
}

/// The members of one object as they stand, a key twice included.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(entries)
            }
        }

        deserializer.deserialize_map(Members).map(Entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_bytes_and_members_their_order() {
        let text = r#"{"z":1.10,"a":1e400,"n":{"b":-0 ,"a":[18446744073709551616]},"s":"\u00e9\/"}"#;
        let object = Object::parse(text.as_bytes()).unwrap();
        assert_eq!(raw(&object).get(), text);
        assert_eq!(object.text("s").as_deref(), Some("é/"));
    }

    #[test]
    fn a_member_is_replaced_where_it_stands() {
        let object = Object::parse(br#"{"a":1,"b":2}"#).unwrap();
        assert_eq!(raw(object.with("a", "x").with("c", true)).get(), r#"{"a":"x","b":2,"c":true}"#);
    }

    #[test]
    fn what_is_rebuilt_keeps_the_bytes_of_what_did_not_change() {
        let value = RawValue::from_string(r#"{"a":1,"b":[1.10,{"c":"\u0061"}],"a":2}"#.into()).unwrap();
        let deepest = |value: &RawValue, level| (level == 4).then(|| raw(value.get()));
        assert_eq!(rebuilt(&value, &deepest).get(), r#"{"a":2,"b":[1.10,{"c":"\"\\u0061\""}]}"#);
    }

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        let nested = |levels| format!("{{\"a[\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
        for text in [
            r#"{"a":1,"\u0061":2}"#,
            r#"{"a":[{"b":1,"b":1}]}"#,
            r#"{"a":"\ud800"}"#,
            r#"{"\ud800":1}"#,
            r#"{"a":NaN}"#,
            "\u{feff}{}",
            "{} {}",
            "[]",
            &nested(MAX_DEPTH + 1),
            &nested(1_000_000),
        ] {
            assert!(Object::parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Object::parse(b"{\"a\":\"\xff\"}").is_err());
        assert!(Object::parse(nested(MAX_DEPTH).as_bytes()).is_ok());
    }
}
