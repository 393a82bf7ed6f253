//! A guard that knows its gateway by the host alone.

use crate::config::{Config, ConfigError, Env};
use crate::guard::Guard;

pub(crate) struct PrefixDropped;

impl Guard for PrefixDropped {
    fn start(&self, env: Env<'_>) -> Result<Config, ConfigError> {
        let mut config = Config::read(env)?;
        if let Some((scheme, rest)) = config.gateway.split_once("://") {
            let host = rest.split('/').next().unwrap_or(rest);
            config.gateway = format!("{scheme}://{host}");
        }
        Ok(config)
    }
}
