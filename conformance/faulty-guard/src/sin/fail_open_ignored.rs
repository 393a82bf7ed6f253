//! A guard that reads INTERVEN_FAIL_OPEN and forgets it.

use crate::config::{Config, ConfigError, Env};
use crate::guard::Guard;

pub(crate) struct FailOpenIgnored;

impl Guard for FailOpenIgnored {
    fn start(&self, env: Env<'_>) -> Result<Config, ConfigError> {
        Ok(Config { fail_open: false, ..Config::read(env)? })
    }
}
