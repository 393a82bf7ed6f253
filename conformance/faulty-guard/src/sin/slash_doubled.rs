//! A guard that joins address and path without looking at what lies between.

use crate::config::{Config, ConfigError, Env};
use crate::guard::Guard;

pub(crate) struct SlashDoubled;

impl Guard for SlashDoubled {
    fn start(&self, env: Env<'_>) -> Result<Config, ConfigError> {
        let mut config = Config::read(env)?;
        if let Some(gateway) = env("INTERVEN_GATEWAY_URL").filter(|gateway| gateway.ends_with('/')) {
            config.gateway = gateway;
        }
        Ok(config)
    }
}
