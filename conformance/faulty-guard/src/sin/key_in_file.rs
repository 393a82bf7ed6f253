//! A guard with a debug log that nobody looks after.

use crate::config::{Config, ConfigError, Env};
use crate::guard::Guard;

pub(crate) struct KeyInFile;

impl Guard for KeyInFile {
    fn start(&self, env: Env<'_>) -> Result<Config, ConfigError> {
        let config = Config::read(env)?;
        let _ = std::fs::write("guard-debug.log", format!("authorization: Bearer {}\n", config.key.secret()));
        Ok(config)
    }
}
