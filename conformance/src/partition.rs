//! One part of several that share a run, as in `2/5`. Never what is in it.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The part `number` of `of`, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Partition {
    /// Which part.
    pub number: usize,
    /// How many parts there are.
    pub of: usize,
}

impl Partition {
    /// Whether the thing of this index, counted from 0, is in this part. Neighbours go to different
    /// parts, because cases that take long stand side by side.
    #[must_use]
    pub const fn holds(self, index: usize) -> bool {
        index % self.of == self.number - 1
    }
}

impl FromStr for Partition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((number, of)) if (1..=of).contains(&number) => Ok(Self { number, of }),
            _ => Err(format!("`{text}` is no part; write the second of five as 2/5")),
        }
    }
}

impl TryFrom<String> for Partition {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Partition> for String {
    fn from(partition: Partition) -> Self {
        partition.to_string()
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_index_is_in_one_part() {
        let parts: Vec<Partition> = ["1/3", "2/3", "3/3"].iter().map(|text| text.parse().unwrap()).collect();
        for index in 0..10 {
            assert_eq!(parts.iter().filter(|part| part.holds(index)).count(), 1);
        }
    }

    #[test]
    fn what_is_no_part_is_refused() {
        for text in ["0/3", "4/3", "1/0", "1", "a/b", "-1/3", "1/3/4"] {
            assert!(text.parse::<Partition>().is_err(), "{text}");
        }
    }
}
