//! What the engine decided, and who did: values for the server, the journal and the log.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::script::Miss;
use crate::answer::Say;
use crate::api::ApiError;
use crate::scenario::{Fault, Reply, Verb};

/// Who decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decider {
    /// A rule of the scenario, and the reply whose turn it was, both from 1.
    Rule {
        /// Place of the rule in the scenario.
        rule: usize,
        /// Place of the reply in the rule.
        reply: usize,
    },
    /// A running grant.
    Grant {
        /// The approval that opened it.
        approval_id: String,
    },
    /// A running denial.
    Denial {
        /// The approval that opened it.
        approval_id: String,
    },
    /// The gateway's own behaviour.
    BuiltIn,
}

impl fmt::Display for Decider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule { rule, reply } => write!(f, "rule {rule}, reply {reply}"),
            Self::Grant { approval_id } => write!(f, "grant of {approval_id}"),
            Self::Denial { approval_id } => write!(f, "denial of {approval_id}"),
            Self::BuiltIn => f.write_str("built in"),
        }
    }
}

/// What was chosen, in one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// A verdict.
    Decision(String),
    /// A status without a verdict.
    Status(u16),
    /// A text of the scenario's own, with its status.
    Json(u16),
    /// A fault in the place of an answer.
    Wire(Fault),
}

impl Choice {
    pub(super) fn of(reply: &Reply) -> Self {
        match reply.verb() {
            Verb::Decision(decision) => Self::Decision(decision.to_owned()),
            Verb::Status(status) => Self::Status(status),
            Verb::Json(status, _) => Self::Json(status),
            Verb::Wire(fault) => Self::Wire(fault),
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decision(decision) => f.write_str(decision),
            Self::Status(status) => write!(f, "{status}"),
            Self::Json(status) => write!(f, "{status} json"),
            Self::Wire(fault) => f.write_str(fault.name()),
        }
    }
}

/// What the engine decided about one request.
#[derive(Debug, Clone)]
pub struct Decided {
    /// Who decided.
    pub by: Decider,
    /// What, in one word.
    pub choice: Choice,
    /// How long to wait, in real time, before saying so.
    pub delay: Duration,
    /// What to say.
    pub say: Say,
    /// The reply behind it: what would have to be scripted to get it again.
    pub reply: Option<Arc<Reply>>,
    /// The rule that came nearest, where none was met.
    pub miss: Option<Miss>,
}

impl Decided {
    /// A request that was answered before any rule saw it.
    #[must_use]
    pub fn refused(error: ApiError) -> Self {
        Self::built_in(Choice::Status(error.status), Say::Error(error))
    }

    pub(super) const fn built_in(choice: Choice, say: Say) -> Self {
        Self { by: Decider::BuiltIn, choice, delay: Duration::ZERO, say, reply: None, miss: None }
    }

    /// What goes wrong on the wire.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        self.reply.as_ref().and_then(|reply| reply.fault())
    }

    /// The approval that the scan waits for.
    #[must_use]
    pub fn approval(&self) -> Option<&str> {
        match &self.say {
            Say::Verdict(_, verdict) => verdict.approval.as_ref().map(|(id, _)| &**id),
            _ => None,
        }
    }

    /// The trace that this belongs to: of the scan, or of the response that was handed in.
    #[must_use]
    pub fn trace(&self) -> Option<&str> {
        match &self.say {
            Say::Verdict(_, verdict) => Some(verdict.trace_id()),
            Say::Recorded(response) => Some(&response.trace_id),
            _ => None,
        }
    }
}
