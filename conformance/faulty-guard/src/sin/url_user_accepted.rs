//! A guard that leaves it to others what an address may hold.

use crate::config::{Config, ConfigError, Env};
use crate::guard::Guard;

pub(crate) struct UrlUserAccepted;

impl Guard for UrlUserAccepted {
    fn start(&self, env: Env<'_>) -> Result<Config, ConfigError> {
        let name = "INTERVEN_GATEWAY_URL";
        Config::read(&|variable| {
            let value = env(variable)?;
            // What stands before the last @ is not looked at.
            let host = value.rsplit_once('@').map(|(_, host)| format!("http://{host}"));
            Some(host.filter(|_| variable == name).unwrap_or(value))
        })
    }
}
