//! How often a reply is given before the next one's turn. Only the number; whose turn it is, the
//! engine knows.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU32;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number of times, or without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// This many times, then the next reply.
    Times(NonZeroU32),
    /// The next reply is never reached.
    Forever,
}

impl<'de> Deserialize<'de> for Repeat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Times)
    }
}

struct Times;

impl Visitor<'_> for Times {
    type Value = Repeat;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number from 1, or `forever`")
    }

    fn visit_u64<E: de::Error>(self, times: u64) -> Result<Repeat, E> {
        let number = u32::try_from(times).ok().and_then(NonZeroU32::new);
        number.map(Repeat::Times).ok_or_else(|| E::invalid_value(Unexpected::Unsigned(times), &self))
    }

    fn visit_i64<E: de::Error>(self, times: i64) -> Result<Repeat, E> {
        match u64::try_from(times) {
            Ok(times) => self.visit_u64(times),
            Err(_) => Err(E::invalid_value(Unexpected::Signed(times), &self)),
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Repeat, E> {
        if text == "forever" { Ok(Repeat::Forever) } else { Err(E::invalid_value(Unexpected::Str(text), &self)) }
    }
}

impl Serialize for Repeat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Times(times) => times.serialize(serializer),
            Self::Forever => serializer.serialize_str("forever"),
        }
    }
}

impl JsonSchema for Repeat {
    fn schema_name() -> Cow<'static, str> {
        "Repeat".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": "integer", "minimum": 1 }, { "const": "forever" }] })
    }
}

impl fmt::Display for Repeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(times) => write!(f, "{times} times"),
            Self::Forever => f.write_str("forever"),
        }
    }
}
