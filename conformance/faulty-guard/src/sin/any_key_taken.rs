//! A guard that finds out about its key with the first request.

use crate::config::{Config, ConfigError, Env, Key};
use crate::guard::Guard;

pub(crate) struct AnyKeyTaken;

impl Guard for AnyKeyTaken {
    fn start(&self, env: Env<'_>) -> Result<Config, ConfigError> {
        read(env)
    }
}

/// The configuration with the key as it stands in the environment.
pub(super) fn read(env: Env<'_>) -> Result<Config, ConfigError> {
    let name = "INTERVEN_API_KEY";
    let plain = |variable: &str| if variable == name { Some("iv".into()) } else { env(variable) };
    let config = Config::read(&plain)?;
    Ok(Config { key: Key::any(&env(name).unwrap_or_default()), ..config })
}
