//! The bad manners that an upstream can be given, by their words on its command line. Never what they
//! lead to, which stands where it happens.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

/// One thing that an upstream does beside, or instead of, what a decent server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Trait {
    /// Sends a log message and a list change after every request, unasked: in every version, although
    /// MCP 2026-07-28 forbids it.
    Chatty,
    /// Prints a banner on stdout when it starts.
    Noisy,
    /// Ignores the end of its stdin and SIGTERM; ends by itself after a minute.
    Stubborn,
    /// Starts a child in a session of its own that ignores every signal it can, for a minute.
    Brood,
    /// Reads everything and never answers.
    Mute,
    /// Exits with code 3 as soon as it has reported that it runs.
    Dead,
    /// Waits for 300 ms before it reads anything.
    Late,
    /// Writes 64 MB to stderr beside its work.
    Flooding,
    /// Looks up, in the process that started it, with which variables that one began.
    Prying,
}

impl Trait {
    /// Every one.
    pub const ALL: [Self; 9] = [
        Self::Chatty,
        Self::Noisy,
        Self::Stubborn,
        Self::Brood,
        Self::Mute,
        Self::Dead,
        Self::Late,
        Self::Flooding,
        Self::Prying,
    ];

    /// Its word on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Chatty => "chatty",
            Self::Noisy => "noisy",
            Self::Stubborn => "stubborn",
            Self::Brood => "brood",
            Self::Mute => "mute",
            Self::Dead => "dead",
            Self::Late => "late",
            Self::Flooding => "flooding",
            Self::Prying => "prying",
        }
    }
}

impl fmt::Display for Trait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Trait {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|known| known.word() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::word).join(", ");
            format!("`{text}` is no trait of the upstream; there are {known}")
        })
    }
}
