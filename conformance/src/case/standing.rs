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
    /// No error has a code that JSON-RPC keeps for itself.
    PrivateCodes,
    /// `_meta` is well formed wherever it stands.
    MetaKeys,
    /// Tools have names that every client can take.
    ToolNames,
    /// The schemas of tools hold under their dialects.
    ToolSchemas,
    /// What tools give is what their output schemas say.
    StructureFits,
    /// What tools give as structure is there as text too.
    StructureAsText,
    /// Progress is asked for, and goes on.
    Progress,
    /// Notifications are asked for, or of a declared capability.
    Notifications,
    /// Before the client is ready it is told and asked nothing.
    Early,
    /// The client is asked only about what it has declared.
    Questions,
    /// Another reader of MCP takes every message for what it is meant to be.
    SecondReader,
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
            Self::OneVerdict | Self::StructureAsText | Self::Notifications => Some(Role::Scan),
            _ => None,
        }
    }

    /// Whether it is judged on the plays of a case.
    #[must_use]
    pub fn is_about(self, case: &Case) -> bool {
        self.role().is_none_or(|role| role == case.role)
    }
}
