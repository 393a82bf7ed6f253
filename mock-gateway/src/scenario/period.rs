//! A length of time as people write it: `80ms`, `2s`, `10m`, `1h 30m`. Never a point in time.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The units, largest first, in milliseconds.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// A length of time, in whole milliseconds, with its unit written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period(Duration);

impl Period {
    /// A length in whole milliseconds; what is shorter is dropped.
    #[must_use]
    pub const fn new(length: Duration) -> Self {
        Self(Duration::from_millis(length.as_millis() as u64))
    }

    /// The length as a [`Duration`].
    #[must_use]
    pub const fn get(self) -> Duration {
        self.0
    }
}

/// A text that is no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no length of time: write a whole number and its unit, such as 80ms, 2s, 10m, 1h or 1h 30m")]
pub struct PeriodError {
    text: String,
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let fail = || PeriodError { text: text.to_owned() };
        let mut parts = text.split_whitespace().peekable();
        parts.peek().ok_or_else(fail)?;
        let mut total: u64 = 0;
        for part in parts {
            let digits = part.find(|character: char| !character.is_ascii_digit()).ok_or_else(fail)?;
            let (number, unit) = part.split_at(digits);
            let (_, milliseconds) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(fail)?;
            let length = number.parse::<u64>().ok().and_then(|number| number.checked_mul(*milliseconds));
            total = length.and_then(|length| total.checked_add(length)).ok_or_else(fail)?;
        }
        Ok(Self(Duration::from_millis(total)))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        if rest == 0 {
            return f.write_str("0ms");
        }
        let mut gap = "";
        for (unit, milliseconds) in UNITS {
            if rest >= milliseconds {
                write!(f, "{gap}{}{unit}", rest / milliseconds)?;
                rest %= milliseconds;
                gap = " ";
            }
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Period {
    fn schema_name() -> Cow<'static, str> {
        "Period".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A length of time: whole numbers with the units ms, s, m, h.",
            "pattern": "^\\s*[0-9]+(ms|s|m|h)(\\s+[0-9]+(ms|s|m|h))*\\s*$",
            "examples": ["80ms", "2s", "10m", "1h 30m"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_written_the_same_way() {
        for (text, milliseconds) in
            [("80ms", 80), ("2s", 2_000), ("10m", 600_000), ("1h 30m", 5_400_000), ("0ms", 0), ("1s 5ms", 1_005)]
        {
            let period: Period = text.parse().unwrap();
            assert_eq!((period.get(), period.to_string()), (Duration::from_millis(milliseconds), text.to_owned()));
        }
    }

    #[test]
    fn a_length_without_a_known_unit_is_refused_with_the_units() {
        for text in ["10", "", "1d", "-1s", "1.5s", "s", "1s2", "99999999999999999999s", "9999999999999999h"] {
            let message = text.parse::<Period>().unwrap_err().to_string();
            assert!(
                message.starts_with(&format!("`{text}` is no length")) && message.contains("80ms, 2s"),
                "{message}"
            );
        }
    }
}
