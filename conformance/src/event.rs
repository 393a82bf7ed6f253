//! What a run tells while it goes on. Reporters render these and nothing else; they never reach back
//! into the run.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::case::Role;
use crate::finding::Finding;
use crate::known::Stale;
use crate::outcome::Outcome;
use crate::requirement::Requirement;
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
