//! What a guard is held to: one requirement each, with its level, its source and how well that
//! source is known. Never how it is tested; a case names its requirement, not the reverse.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::yaml::{self, BadInput};

/// How binding a requirement is, in the words of RFC 2119. Ordered from weak to strong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Permitted; never judged against a guard.
    May,
    /// A guard that does otherwise gets a warning, an error under `--strict`.
    Should,
    /// A guard that does otherwise fails.
    Must,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::May => "MAY",
            Self::Should => "SHOULD",
            Self::Must => "MUST",
        })
    }
}

/// How well a rule is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// The public page of the guard whose contract this is says so.
    Seed,
    /// The vendor's public API documentation says so.
    Documented,
    /// A published client library relies on it.
    Observed,
    /// Our reading where nothing public says. At most SHOULD, save that a call which was denied, not
    /// approved, or whose scan failed must not run.
    Assumed,
    /// The MCP specification says so.
    Specified,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Seed => "seed",
            Self::Documented => "documented",
            Self::Observed => "observed",
            Self::Assumed => "assumed",
            Self::Specified => "specified",
        })
    }
}

/// One promise of a guard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Dotted name, such as `scan.deny.reasons`.
    pub id: String,
    /// How binding it is for other people's guards.
    pub level: Level,
    /// The promise, in one or two sentences.
    pub text: String,
    /// Where it comes from: a page and section, a specification with version, or the decided table.
    pub source: String,
    /// How well the source is known.
    pub mark: Mark,
    /// Why no case tests it, where none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untested: Option<String>,
}

/// All requirements by id.
#[derive(Debug, Clone)]
pub struct Requirements(BTreeMap<String, Requirement>);

impl Requirements {
    /// The embedded requirements.
    ///
    /// # Errors
    /// When the embedded file does not hold; a test keeps that from being built.
    pub fn embedded() -> Result<Self, BadInput> {
        Self::parse("fixtures/requirements.yaml", guard_fixtures::REQUIREMENTS)
    }

    fn parse(file: &str, text: &str) -> Result<Self, BadInput> {
        let mut all = BTreeMap::new();
        for requirement in yaml::parse::<Vec<Requirement>>(file, text)? {
            let id = requirement.id.clone();
            if all.insert(id.clone(), requirement).is_some() {
                return Err(BadInput::contradiction(file, format!("requirement `{id}` stands twice")));
            }
        }
        Ok(Self(all))
    }

    /// One requirement.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Requirement> {
        self.0.get(id)
    }

    /// All of them, ordered by id.
    pub fn iter(&self) -> impl Iterator<Item = &Requirement> {
        self.0.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_ordered_from_weak_to_strong() {
        assert!(Level::May < Level::Should && Level::Should < Level::Must);
    }

    #[test]
    fn a_requirement_twice_is_refused() {
        let one = "- { id: a, level: MUST, text: t, source: s, mark: seed }\n";
        let error = Requirements::parse("r.yaml", &one.repeat(2)).unwrap_err();
        assert_eq!(error.to_string(), "r.yaml: requirement `a` stands twice");
    }
}
