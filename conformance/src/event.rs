//! What a run tells while it goes on. Reporters render these and nothing else; they never reach back
//! into the run.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::case::Role;
use crate::finding::Finding;
use crate::known::{Day, Known, Stale};
use crate::outcome::Outcome;
use crate::partition::Partition;
use crate::requirement::Requirement;
use crate::timeline::{Call, Moment};
use crate::version::Version;

/// One thing that happened in a run.
#[derive(Debug, Clone)]
pub enum Event {
    /// The guard opened a session; playing begins.
    Started(Header),
    /// A play ended; results come in their own order later.
    Played {
        /// How many have ended.
        done: usize,
        /// How many there are.
        total: usize,
        /// Which one ended.
        case: String,
        /// In which version it was played.
        version: Version,
    },
    /// A case has its result. In the order of case ids, standing checks among them.
    Judged(Box<CaseResult>),
    /// Nothing more comes.
    Ended(Summary),
}

/// What was run, on what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Header {
    /// The version of the harness.
    pub harness: String,
    /// The guard's name.
    pub subject: String,
    /// How it was started, in each role that was tested; placeholders are those of the manifest.
    pub commands: BTreeMap<Role, Vec<String>>,
    /// The MCP versions that the client spoke, newest first.
    pub versions: Vec<Version>,
    /// The edition of the suite.
    pub edition: u32,
    /// The seed, to run the same again.
    pub seed: u32,
    /// The day of the run, on which known failures were weighed.
    pub day: Day,
    /// Whether a SHOULD that is not met fails.
    pub strict: bool,
    /// What the manifest says that the guard is known not to do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known_failures: Vec<Known>,
    /// The MCP versions that the guard speaks and in which it was not played.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unplayed: Vec<Version>,
    /// Whether every play of the profile was played (by all parts together), so that a standing check has seen all.
    pub whole: bool,
    /// Which part of the cases was played, where the run was shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<Partition>,
    /// How often each play was played.
    pub repeat: u32,
    /// How many cases were selected.
    pub cases: usize,
    /// How many plays they make: some are played in several versions.
    pub plays: usize,
    /// The scan budget of cases that set one, in milliseconds.
    pub budget_ms: u64,
}

/// What became of one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaseResult {
    /// The case.
    pub case: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The requirement that it tests.
    pub requirement: Requirement,
    /// The MCP versions in which it was played, or seen in others' plays; newest first.
    pub versions: Vec<Version>,
    /// Everything that was found.
    pub findings: Vec<Finding>,
    /// Why it could not be run or seen, when that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// How long the play took, in milliseconds; 0 for a standing check.
    pub duration_ms: u64,
    /// The line that runs exactly this case again.
    pub rerun: String,
    /// What became of it round by round, when it was played again; `findings` are those of all rounds, the
    /// rest is of the worst.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<(Outcome, usize)>,
    /// What crossed, play by play; none for a standing check, which is judged on others' plays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plays: Vec<PlayResult>,
}

impl CaseResult {
    /// The area of the case: what stands before the slash.
    #[must_use]
    pub fn area(&self) -> &str {
        self.case.split('/').next().unwrap_or_default()
    }
}

/// What crossed in one play of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlayResult {
    /// The MCP version that the client spoke.
    pub version: Version,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// The client's requests, with the time that each answer took; the first 100.
    pub calls: Vec<Call>,
    /// What happened, in order; the first 200 moments, texts cut to 300 characters.
    pub timeline: Vec<Moment>,
    /// How many moments there were in all.
    pub moments: usize,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// How many cases came to each outcome; outcomes that did not occur are left out.
    pub counts: Vec<(Outcome, usize)>,
    /// Known failures that should be taken out of the manifest.
    pub stale: Vec<Stale>,
    /// How long the run took, set-up excluded, in milliseconds.
    pub duration_ms: u64,
}

#[cfg(test)]
impl Header {
    /// One that says nothing special.
    pub(crate) fn sample() -> Self {
        Self {
            harness: "0.1.0".into(),
            subject: "my-guard".into(),
            commands: [(Role::Scan, vec!["my-guard".into()])].into(),
            versions: vec![Version::V2026_07_28, Version::V2025_11_25],
            edition: 1,
            seed: 7,
            day: Day("2026-11-22".parse().expect("a day")),
            strict: false,
            known_failures: Vec::new(),
            unplayed: Vec::new(),
            whole: false,
            partition: None,
            repeat: 1,
            cases: 3,
            plays: 5,
            budget_ms: 300,
        }
    }
}

#[cfg(test)]
impl CaseResult {
    /// A case that passed.
    pub(crate) fn sample(case: &str) -> Self {
        Self {
            case: case.into(),
            outcome: Outcome::Pass,
            requirement: Requirement {
                id: "scan.deny".into(),
                level: crate::requirement::Level::Must,
                text: "A DENY reads as DENY.".into(),
                source: "the guard's page, decisions".into(),
                mark: crate::requirement::Mark::Seed,
                untested: None,
            },
            versions: vec![Version::V2026_07_28, Version::V2025_11_25],
            findings: Vec::new(),
            note: None,
            duration_ms: 12,
            rerun: format!("guard-conformance run --case {case} -- my-guard"),
            rounds: Vec::new(),
            plays: Vec::new(),
        }
    }

    /// A case that failed, of which the gateway saw this.
    pub(crate) fn failed(what: &str) -> Self {
        use crate::finding::{Code, Party, Seen};
        let finding = Finding {
            code: Code::BodyAltered,
            level: crate::requirement::Level::Must,
            step: "1".into(),
            versions: vec![Version::V2025_11_25],
            expected: "the body".into(),
            seen: vec![Seen { party: Party::Gateway, what: what.into() }],
        };
        Self { outcome: Outcome::Fail, findings: vec![finding], ..Self::sample("scan/body") }
    }
}
