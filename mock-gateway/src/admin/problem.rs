//! Why the admin API did not do what it was asked: what failed, and what to do. Only the words and
//! the status; never a token.

use schemars::JsonSchema;
use serde::Serialize;

use super::token::NoRandomness;
use crate::approval::{ApprovalError, NoGrant};
use crate::scenario::ScenarioError;

/// What did not work, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Problem {
    #[serde(skip)]
    pub(super) status: u16,
    /// What failed.
    pub(super) error: String,
    /// What to do.
    pub(super) remedy: String,
    /// The line of the fault in a scenario, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<u64>,
    /// The column of the fault in a scenario, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) column: Option<u64>,
    /// The methods that the path answers, for the `Allow` header.
    #[serde(skip)]
    pub(super) allow: Option<String>,
}

impl Problem {
    pub(super) fn new(status: u16, error: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { status, error: error.into(), remedy: remedy.into(), line: None, column: None, allow: None }
    }
}

impl From<ScenarioError> for Problem {
    fn from(error: ScenarioError) -> Self {
        let place = match &error {
            ScenarioError::Malformed { error, .. } => (error.line, error.column),
            _ => (0, 0),
        };
        let number = |number: u64| (number > 0).then_some(number);
        Self {
            line: number(place.0),
            column: number(place.1),
            ..Self::new(422, error.to_string(), "correct it and send it again; the scenario in force stays as it was")
        }
    }
}

impl From<ApprovalError> for Problem {
    fn from(error: ApprovalError) -> Self {
        match &error {
            ApprovalError::Unknown(_) => Self::no_approval(&error),
            ApprovalError::NotPending { .. } => {
                Self::new(409, error.to_string(), "scan again; where no decision stands, that asks for a new approval")
            }
        }
    }
}

impl From<NoGrant> for Problem {
    fn from(error: NoGrant) -> Self {
        Self::new(404, error.to_string(), "GET /admin/v1/grants lists those that run")
    }
}

impl From<NoRandomness> for Problem {
    fn from(error: NoRandomness) -> Self {
        Self::new(500, error.to_string(), "use the admin API without the console")
    }
}

impl Problem {
    /// There is no such approval.
    pub(super) fn no_approval(error: &ApprovalError) -> Self {
        Self::new(404, error.to_string(), "GET /admin/v1/approvals lists those that there are")
    }
}
