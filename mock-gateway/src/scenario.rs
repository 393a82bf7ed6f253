//! What the gateway is told to do: rules in order, read from YAML. Only the form and its errors;
//! what happens to a request is the engine's.

mod candidate;
mod delay;
mod fault;
mod limits;
mod one_or_many;
mod pattern;
mod period;
mod repeat;
mod reply;
mod subset;
mod when;
mod windows;

use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};

use crate::yaml::{self, YamlError};

pub(crate) use candidate::{Candidate, Needles};
pub use candidate::{Destinations, Difference, Field};
pub use delay::{Around, Between, Delay, Distribution, Percentiles};
pub use fault::{Drip, Fault};
pub use limits::Limits;
pub use one_or_many::OneOrMany;
pub use pattern::Pattern;
pub use period::{Period, PeriodError};
pub use repeat::Repeat;
pub use reply::{Reply, ReplyError, Sanitize, Verb};
pub use subset::Subset;
pub use when::{FirstSeen, Overlaps, When};
pub use windows::{Become, Course, Windows};

/// Rules in order; the first that a request meets answers it.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is called: a bundled name, a file, or whatever stands for one.
    #[serde(skip)]
    pub(crate) name: String,
    /// Where every made-up id and every drawn delay comes from: the same seed, the same ones.
    #[serde(default)]
    pub(crate) seed: u64,
    /// How long approvals wait and how long their decisions stand.
    #[serde(default)]
    pub(crate) approvals: Windows,
    /// How many scans are taken; left out, all of them.
    #[serde(default)]
    pub(crate) limits: Limits,
    /// The rules. A scan that meets none is denied.
    pub(crate) rules: Vec<Rule>,
}

/// A scenario as it was written. Rules that are left out, or all commented out, are more likely
/// forgotten than meant: whoever means none writes an empty list.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    seed: u64,
    approvals: Windows,
    limits: Limits,
    rules: Option<Vec<Rule>>,
}

/// Which requests, and what they are answered.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Which requests; left out, every scan.
    #[serde(default)]
    pub(crate) when: When,
    /// The replies, in turn; the last one repeats.
    pub(crate) then: OneOrMany<Reply>,
}

/// Why a scenario cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file could not be read.
    #[error("cannot read scenario {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no bundled scenario of that name.
    #[error("there is no scenario `{name}`: write the path of a YAML file, or one of {known}")]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// The text is no scenario.
    #[error("cannot read scenario {file}: {error}")]
    Malformed {
        /// The file, as it was named.
        file: String,
        /// The fault and its place.
        error: YamlError,
    },
    /// The text says nothing about rules, not even that there are none.
    #[error("cannot use scenario {file}: a scenario needs `rules`; write `rules: []` for none")]
    NoRules {
        /// The file, as it was named.
        file: String,
    },
}

impl Scenario {
    /// Reads a scenario; `file` names the text in errors.
    ///
    /// ```
    /// use mock_gateway::Scenario;
    ///
    /// let error = Scenario::parse("mine.yaml", "rules: [{ then: { decison: DENY } }]").unwrap_err();
    /// assert!(error.to_string().starts_with("cannot read scenario mine.yaml: line 1 column 19: unknown field `decison`"));
    /// ```
    ///
    /// # Errors
    /// [`ScenarioError::Malformed`], pointing at the fault, or [`ScenarioError::NoRules`].
    pub fn parse(file: &str, text: &str) -> Result<Self, ScenarioError> {
        let written = yaml::parse::<Option<Written>>(file, text)
            .map_err(|error| ScenarioError::Malformed { file: file.to_owned(), error })?;
        let Written { seed, approvals, limits, rules } = written.unwrap_or_default();
        let rules = rules.ok_or_else(|| ScenarioError::NoRules { file: file.to_owned() })?;
        Ok(Self { name: file.to_owned(), seed, approvals, limits, rules })
    }

    /// Reads a scenario file.
    ///
    /// # Errors
    /// [`ScenarioError::Read`], or what [`Scenario::parse`] gives.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ScenarioError::Read { path: path.to_owned(), source })?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// A bundled scenario, such as `default`.
    ///
    /// # Errors
    /// [`ScenarioError::Unknown`], listing the names that there are.
    pub fn named(name: &str) -> Result<Self, ScenarioError> {
        let Some(text) = guard_fixtures::scenario(name) else {
            return Err(ScenarioError::Unknown { name: name.to_owned(), known: Self::bundled().join(", ") });
        };
        let scenario = Self::parse(&format!("{name}.yaml"), text)?;
        Ok(Self { name: name.to_owned(), ..scenario })
    }

    /// The names of the bundled scenarios.
    #[must_use]
    pub fn bundled() -> Vec<&'static str> {
        guard_fixtures::scenarios().into_iter().filter_map(|(path, _)| path.strip_suffix(".yaml")).collect()
    }

    /// A scenario that gives these replies to every scan, in turn; the last one repeats.
    #[must_use]
    pub fn scripted(replies: Vec<Reply>) -> Self {
        let rules = OneOrMany::some(replies).map(|then| Rule { when: When::default(), then });
        Self { name: "a script".to_owned(), rules: rules.into_iter().collect(), ..Self::default() }
    }

    /// What it is called: the name of a bundled one, the path of a file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The scenario as a file that [`Scenario::parse`] reads: one line per rule, values as JSON, which
    /// is YAML too.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let mut text = format!("seed: {}\n", self.seed);
        let mut line = |start: &str, value: Result<String, serde_json::Error>| {
            let value = value.expect("a scenario has string keys and finite numbers");
            text.push_str(&format!("{start}{value}\n"));
        };
        if self.approvals != Windows::default() {
            line("approvals: ", serde_json::to_string(&self.approvals));
        }
        if self.limits != Limits::default() {
            line("limits: ", serde_json::to_string(&self.limits));
        }
        line("rules:", Ok(if self.rules.is_empty() { " []" } else { "" }.to_owned()));
        for Rule { when, then } in &self.rules {
            line("  - when: ", serde_json::to_string(when));
            line("    then: ", serde_json::to_string(then));
        }
        text
    }

    /// The rules as a readable list, one line each.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let rules = self.rules.iter().map(|rule| {
            let replies: Vec<_> = rule.then.iter().map(ToString::to_string).collect();
            format!("{}: {}", rule.when, replies.join("; then "))
        });
        let open = self.rules.iter().all(|rule| !rule.when.is_everything());
        rules.chain(open.then(|| "anything else: DENY (NO_RULE_MET)".to_owned())).collect()
    }
}

/// The JSON Schema of a scenario file, for editors.
#[must_use]
pub fn schema() -> Schema {
    schemars::schema_for!(Scenario)
}
