//! A guard that starts with its own idea of a budget that it could not read.

use crate::config::{Config, ConfigError, Env};
use crate::guard::Guard;

pub(crate) struct BadTimeoutDefaulted;

impl Guard for BadTimeoutDefaulted {
    fn start(&self, env: Env<'_>) -> Result<Config, ConfigError> {
        let is_budget = |value: &String| value.parse::<u32>().is_ok_and(|milliseconds| milliseconds > 0);
        Config::read(&|name| match name {
            "INTERVEN_SCAN_TIMEOUT_MS" => env(name).filter(is_budget),
            _ => env(name),
        })
    }
}
