//! A guard that remembers the key for the next time.

use crate::config::{Config, ConfigError, Env};
use crate::guard::Guard;

pub(crate) struct KeyInHome;

impl Guard for KeyInHome {
    fn start(&self, env: Env<'_>) -> Result<Config, ConfigError> {
        let config = Config::read(env)?;
        if let Some(home) = env("HOME") {
            let _ = std::fs::write(format!("{home}/.faulty-guard"), config.key.secret());
        }
        Ok(config)
    }
}
