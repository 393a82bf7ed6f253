//! A guard that shows the address it cannot use, and the password in it.

use crate::config::{Config, ConfigError, Env};
use crate::guard::{Guard, log_line};

pub(crate) struct BadUrlQuoted;

impl Guard for BadUrlQuoted {
    fn start(&self, env: Env<'_>) -> Result<Config, ConfigError> {
        let url = || env("INTERVEN_GATEWAY_URL").unwrap_or_default();
        Config::read(env).inspect_err(|_| log_line(&format!("cannot use {}", url())))
    }
}
