//! How well each behaviour of this gateway is known. Only the marks and their collection live
//! here; each behaviour stands beside the code that has it.

use schemars::JsonSchema;
use serde::Serialize;

/// Where the knowledge of a behaviour comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// The vendor's integration page for MCP says so.
    Seed,
    /// The vendor's public API documentation says so.
    Documented,
    /// A published client library relies on it.
    Observed,
    /// Nothing public says; this is the most careful reading.
    Assumed,
}

impl Mark {
    /// The mark as reports print it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::Documented => "documented",
            Self::Observed => "observed",
            Self::Assumed => "assumed",
        }
    }
}

/// One thing this gateway does, and how well it is known that the real one does it too.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Behaviour {
    /// Dotted, stable: `scan.tool-name`.
    pub id: &'static str,
    /// How well it is known.
    pub mark: Mark,
    /// What the gateway does.
    pub text: &'static str,
}

impl Behaviour {
    pub(crate) const fn new(id: &'static str, mark: Mark, text: &'static str) -> Self {
        Self { id, mark, text }
    }
}

/// Every behaviour of this gateway.
pub fn behaviours() -> impl Iterator<Item = &'static Behaviour> {
    [
        crate::api::BEHAVIOURS,
        crate::engine::BEHAVIOURS,
        crate::classify::BEHAVIOURS,
        crate::correlate::BEHAVIOURS,
        crate::answer::BEHAVIOURS,
        crate::approval::BEHAVIOURS,
        crate::meter::BEHAVIOURS,
        crate::keys::BEHAVIOURS,
        crate::tls::BEHAVIOURS,
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_behaviour_is_listed_twice() {
        let mut ids: Vec<_> = behaviours().map(|behaviour| behaviour.id).collect();
        let listed = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), listed);
    }
}
