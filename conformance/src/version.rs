//! The versions of MCP, and the two eras that they fall into. Never what a version asks of a guard,
//! which stands in the requirements.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A version of MCP, ordered by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Version {
    /// The first.
    #[serde(rename = "2024-11-05")]
    V2024_11_05,
    /// The only one with JSON-RPC batches.
    #[serde(rename = "2025-03-26")]
    V2025_03_26,
    /// Brought structured content.
    #[serde(rename = "2025-06-18")]
    V2025_06_18,
    /// The last with an `initialize` handshake.
    #[serde(rename = "2025-11-25")]
    V2025_11_25,
    /// The first without a handshake: every request stands for itself.
    #[serde(rename = "2026-07-28")]
    V2026_07_28,
}

/// How a client and a server agree on what they speak (MCP 2026-07-28, basic/versioning, "Terminology").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Era {
    /// By an `initialize` handshake, for the whole session.
    Legacy,
    /// By the `_meta` of every request.
    Modern,
}

impl Version {
    /// Every version, oldest first.
    pub const ALL: &[Self] =
        &[Self::V2024_11_05, Self::V2025_03_26, Self::V2025_06_18, Self::V2025_11_25, Self::V2026_07_28];

    /// The version as it stands on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V2024_11_05 => "2024-11-05",
            Self::V2025_03_26 => "2025-03-26",
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
            Self::V2026_07_28 => "2026-07-28",
        }
    }

    /// The era that it belongs to.
    #[must_use]
    pub const fn era(self) -> Era {
        match self {
            Self::V2026_07_28 => Era::Modern,
            _ => Era::Legacy,
        }
    }

    /// The method by which a client learns what the server can do, before anything else.
    #[must_use]
    pub const fn opening(self) -> &'static str {
        match self.era() {
            Era::Legacy => "initialize",
            Era::Modern => "server/discover",
        }
    }

    /// Whether several messages may stand in one array (MCP 2025-03-26, basic, "Batching"; removed since).
    #[must_use]
    pub const fn has_batches(self) -> bool {
        matches!(self, Self::V2025_03_26)
    }

    /// The newest of each era among these, newest first.
    #[must_use]
    pub fn newest_of_each_era(versions: &[Self]) -> Vec<Self> {
        let newest = |era| versions.iter().copied().filter(|version| version.era() == era).max();
        [Era::Modern, Era::Legacy].into_iter().filter_map(newest).collect()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl std::str::FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|version| version.name() == text).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|version| version.name()).collect();
            format!("`{text}` is no version of MCP; there are {}", known.join(", "))
        })
    }
}

/// The versions that a case is about: `legacy`, `modern`, or one by its date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Scope {
    word: String,
    versions: BTreeSet<Version>,
}

impl Scope {
    /// Whether a version is among them.
    #[must_use]
    pub fn holds(&self, version: Version) -> bool {
        self.versions.contains(&version)
    }

    /// The scope as written.
    #[must_use]
    pub fn word(&self) -> &str {
        &self.word
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.word
    }
}

impl TryFrom<String> for Scope {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        let of = |era| Version::ALL.iter().copied().filter(|version| version.era() == era).collect();
        let versions = match word.as_str() {
            "legacy" => of(Era::Legacy),
            "modern" => of(Era::Modern),
            date => BTreeSet::from([date.parse().map_err(|error| format!("{error}; or write legacy or modern"))?]),
        };
        Ok(Self { word, versions })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_what_files_and_the_wire_say() {
        for version in Version::ALL {
            assert_eq!(serde_json::to_value(version).unwrap(), version.name());
            assert_eq!(version.name().parse(), Ok(*version));
        }
        assert!("2023-01-01".parse::<Version>().unwrap_err().contains("there are 2024-11-05"));
    }

    #[test]
    fn an_era_is_a_scope() {
        let scope = |word: &str| Scope::try_from(word.to_owned());
        assert!(scope("modern").unwrap().holds(Version::V2026_07_28));
        assert!(!scope("legacy").unwrap().holds(Version::V2026_07_28));
        assert!(scope("2025-03-26").unwrap().holds(Version::V2025_03_26));
        assert!(scope("handshake").unwrap_err().ends_with("or write legacy or modern"));
        assert_eq!(Version::newest_of_each_era(Version::ALL), [Version::V2026_07_28, Version::V2025_11_25]);
    }
}
