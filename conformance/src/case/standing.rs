//! The checks that are judged on every recording, and whose recordings they are. Never how they are judged.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Case, Role};

/// A check that is judged on every recording rather than played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Nothing but MCP messages on stdout, and not without end.
    StdoutPurity,
    /// One answer for every request, none for anything else.
    OneAnswer,
    /// Every message has the JSON-RPC 2.0 form.
    MessageForm,
    /// `structuredContent` and text tell the same verdict.
    OneVerdict,
    /// The key stays where it belongs.
    KeySecret,
    /// Nothing runs behind a proxy that was not permitted as it ran.
    NothingUnscanned,
    /// No process outlives the guard.
    NoOrphan,
    /// The guard ends by itself, with exit code 0, when its client goes away.
    CleanExit,
    /// Every result says of what type it is.
    ResultType,
    /// Every result says what server it comes from.
    ServerInfo,
    /// Lists and the like say how long they may be kept.
    CacheHints,
    /// No error has a code that the specification reserves or has taken back.
    ErrorCodes,
    /// The server asks its client nothing.
    NoServerRequests,
}

impl Standing {
    /// The role whose plays it is about; every play when none.
    #[must_use]
    pub const fn role(self) -> Option<Role> {
        match self {
            Self::NothingUnscanned => Some(Role::Proxy),
            // What a proxy relays is its upstream's to say.
            Self::OneVerdict => Some(Role::Scan),
            _ => None,
        }
    }

    /// Whether it is judged on the plays of a case.
    #[must_use]
    pub fn is_about(self, case: &Case) -> bool {
        self.role().is_none_or(|role| role == case.role)
    }
}
