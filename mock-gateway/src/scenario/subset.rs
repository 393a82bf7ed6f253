//! A part of a JSON value that a rule asks for. Only the comparison of the two.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::ptr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::json::Json;

/// A JSON value: objects may have more members than it says, everything else is equal to it.
#[derive(Debug, Clone)]
pub struct Subset {
    value: Value,
    json: Json,
}

impl Subset {
    /// The RFC 6901 pointer to the first place where the body is another one; `None` when it has
    /// this part.
    pub(crate) fn differs<'a>(&self, body: &'a Json, members: &Members<'a>) -> Option<String> {
        let mut path = Vec::new();
        if part_of(&self.json, body, members, &mut path) {
            return None;
        }
        Some(path.iter().rev().map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1"))).collect())
    }

    pub(crate) fn agrees<'a>(&self, body: &'a Json, members: &Members<'a>) -> bool {
        part_of(&self.json, body, members, &mut Vec::new())
    }

    /// The value that is asked for at a pointer.
    pub(crate) fn at(&self, pointer: &str) -> Option<&Json> {
        self.json.pointer(pointer)
    }
}

impl From<Value> for Subset {
    fn from(value: Value) -> Self {
        Self { json: Json::from(&value), value }
    }
}

/// Whether `wanted` is a part of `got`; if not, the steps to the difference, the last one first.
fn part_of<'a>(wanted: &Json, got: &'a Json, members: &Members<'a>, path: &mut Vec<String>) -> bool {
    match (wanted, got) {
        (Json::Object(wanted), Json::Object(_)) => wanted.iter().all(|(name, wanted)| {
            let agrees = members.get(got, name).is_some_and(|got| part_of(wanted, got, members, path));
            if !agrees {
                path.push(name.clone());
            }
            agrees
        }),
        (Json::Array(wanted), Json::Array(got)) => {
            wanted.len() == got.len()
                && wanted.iter().zip(got).enumerate().all(|(place, (wanted, got))| {
                    let agrees = part_of(wanted, got, members, path);
                    if !agrees {
                        path.push(place.to_string());
                    }
                    agrees
                })
        }
        (Json::Number(wanted), Json::Number(got)) => same_number(wanted, got),
        (wanted, got) => wanted == got,
    }
}

/// Whether two number texts mean the same; whole numbers are compared to the last digit.
fn same_number(wanted: &str, got: &str) -> bool {
    let whole = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    wanted == got
        || (!(whole(wanted) && whole(got))
            && matches!((wanted.parse::<f64>(), got.parse::<f64>()), (Ok(wanted), Ok(got)) if wanted.is_finite() && wanted.total_cmp(&got).is_eq()))
}

/// The members of large objects, found by name; so a thousand rules do not search one object a
/// thousand times.
#[derive(Debug, Default)]
pub(crate) struct Members<'a> {
    indices: RefCell<HashMap<*const Json, HashMap<&'a str, &'a Json>>>,
}

/// An object with more members than this gets an index.
const SMALL: usize = 16;

impl<'a> Members<'a> {
    fn get(&self, object: &'a Json, name: &str) -> Option<&'a Json> {
        let members = object.as_object()?;
        if members.len() <= SMALL {
            return object.get(name);
        }
        let mut indices = self.indices.borrow_mut();
        let index = indices
            .entry(ptr::from_ref(object))
            .or_insert_with(|| members.iter().map(|(name, value)| (name.as_str(), value)).collect());
        index.get(name).copied()
    }
}

/// A body that was written, `null` included.
pub(super) fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Subset>, D::Error> {
    Subset::deserialize(deserializer).map(Some)
}

impl<'de> Deserialize<'de> for Subset {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

impl Serialize for Subset {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl JsonSchema for Subset {
    fn schema_name() -> Cow<'static, str> {
        "Subset".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "Any value: objects may have more members, everything else is equal." })
    }
}

impl fmt::Display for Subset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.json.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differs(wanted: &str, got: &str) -> Option<String> {
        let wanted = Subset::from(serde_json::from_str::<Value>(wanted).unwrap());
        let got = Json::parse(got.as_bytes()).unwrap();
        let difference = wanted.differs(&got, &Members::default());
        assert_eq!(wanted.agrees(&got, &Members::default()), difference.is_none());
        difference
    }

    #[test]
    fn a_part_is_found_and_a_difference_has_its_place() {
        let body = r#"{"to":"jo","n":1.10,"list":[{"a":1,"b":2},"x"],"none":null,"a/b":9007199254740993}"#;
        for (wanted, difference) in [
            ("{}", None),
            (r#"{"to":"jo","none":null}"#, None),
            (r#"{"n":1.1}"#, None),
            (r#"{"n":11e-1}"#, None),
            (r#"{"list":[{"b":2},"x"]}"#, None),
            (r#"{"a/b":9007199254740993}"#, None),
            (r#"{"a/b":9007199254740992}"#, Some("/a~1b")),
            (r#"{"list":[{"b":3},"x"]}"#, Some("/list/0/b")),
            (r#"{"list":[{"b":2}]}"#, Some("/list")),
            (r#"{"to":{"jo":1}}"#, Some("/to")),
            (r#"{"to":"jo","absent":null}"#, Some("/absent")),
            ("[]", Some("")),
        ] {
            assert_eq!(differs(wanted, body).as_deref(), difference, "{wanted}");
        }
        assert_eq!(differs("null", "null"), None);
    }

    #[test]
    fn a_large_object_is_searched_by_an_index_with_the_same_result() {
        let members: Vec<_> = (0..1_000).map(|number| format!(r#""k{number}":{number}"#)).collect();
        let body = format!("{{{}}}", members.join(","));
        assert_eq!(differs(r#"{"k999":999,"k0":0}"#, &body), None);
        assert_eq!(differs(r#"{"k999":999,"k0":1}"#, &body).as_deref(), Some("/k0"));
    }
}
