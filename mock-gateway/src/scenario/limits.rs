//! How many scans the gateway takes. Only the form and its bounds; the counting is in `meter`.

use std::num::NonZeroU32;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::period::Period;

/// The limits of the one tenant that this gateway has. What is left out is not limited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// The pace that scans may keep up; the real gateway documents 60.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scans_per_minute: Option<NonZeroU32>,
    /// How many scans may come at once; left out, twice the pace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burst: Option<NonZeroU32>,
    /// How many scans a period has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota: Option<u64>,
    /// How long a period of the quota lasts; left out, 720h.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota_period: Option<Period>,
}

impl Limits {
    /// How many scans may come at once.
    pub(crate) fn burst(&self) -> u32 {
        let twice = || self.scans_per_minute.map_or(1, |pace| pace.get().saturating_mul(2));
        self.burst.map_or_else(twice, NonZeroU32::get)
    }

    /// How long a period of the quota lasts; never nothing.
    pub(crate) fn period(&self) -> Duration {
        let period = self.quota_period.map_or(Duration::from_secs(720 * 3600), Period::get);
        period.max(Duration::from_millis(1))
    }
}
