//! How long approvals wait and how long their decisions stand. Only the form and its bounds; the
//! life of an approval is in `approval`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::period::Period;

/// The times of an approval. Left out, each has the gateway's documented default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, default)]
pub struct Windows {
    /// How long an approval waits for a decision: 1m to 24h.
    pub pending: Period,
    /// How long an approval's grant allows the same arguments: 1m to 1h.
    pub grant: Period,
    /// How long a denial answers the same arguments without asking again: 1m to 1h.
    pub denial: Period,
    /// The shortest time between two answered polls of one approval.
    pub poll_every: Period,
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

impl Default for Windows {
    fn default() -> Self {
        let ten_minutes = Period::new(10 * MINUTE);
        let poll_every = Period::new(Duration::from_secs(2));
        Self { pending: ten_minutes, grant: ten_minutes, denial: ten_minutes, poll_every }
    }
}

impl<'de> Deserialize<'de> for Windows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let windows = Self::deserialize(deserializer)?;
        let bounds =
            [("pending", windows.pending, 24 * HOUR), ("grant", windows.grant, HOUR), ("denial", windows.denial, HOUR)];
        for (name, window, longest) in bounds {
            if !(MINUTE..=longest).contains(&window.get()) {
                return Err(de::Error::custom(format_args!(
                    "`{name}` can be 1m to {}, as the gateway's can; for a shorter life write `approval: {{ after: 3s, become: expired }}` on the reply",
                    Period::new(longest)
                )));
            }
        }
        Ok(windows)
    }
}

impl Serialize for Windows {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

/// A decision that comes without an analyst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Course {
    /// How long after it was asked for, in virtual time.
    pub after: Period,
    /// What the approval becomes then. One that expires earlier stays expired.
    pub r#become: Become,
}

/// What becomes of an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Become {
    /// The same arguments are allowed.
    Approved,
    /// The same arguments are denied.
    Denied,
    /// Nobody decided in time.
    Expired,
}
