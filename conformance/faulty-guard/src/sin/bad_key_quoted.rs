//! A guard whose complaint shows what it complains of.

use crate::config::{Config, ConfigError, Env};
use crate::guard::{Guard, log_line};

pub(crate) struct BadKeyQuoted;

impl Guard for BadKeyQuoted {
    fn start(&self, env: Env<'_>) -> Result<Config, ConfigError> {
        Config::read(env)
            .inspect_err(|_| log_line(&format!("not valid: {}", env("INTERVEN_API_KEY").unwrap_or_default())))
    }
}
