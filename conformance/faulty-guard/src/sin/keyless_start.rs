//! A guard that leaves a missing key to be found out at the first scan.

use crate::config::{Config, ConfigError, Env};
use crate::guard::Guard;

/// Stands in for the key that is not there.
pub(super) const NO_KEY: &str = "none";

pub(crate) struct KeylessStart;

impl Guard for KeylessStart {
    fn start(&self, env: Env<'_>) -> Result<Config, ConfigError> {
        keyless(env)
    }
}

/// The configuration, with or without a key.
pub(super) fn keyless(env: Env<'_>) -> Result<Config, ConfigError> {
    Config::read(&|name| match (name, env(name).filter(|value| !value.is_empty())) {
        ("INTERVEN_API_KEY", None) => Some(NO_KEY.into()),
        (_, value) => value,
    })
}
