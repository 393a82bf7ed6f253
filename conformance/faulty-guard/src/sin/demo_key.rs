//! A guard that was shipped with the key of its own demonstration.

use crate::config::{Config, ConfigError, Env};
use crate::guard::Guard;

pub(crate) struct DemoKey;

impl Guard for DemoKey {
    fn start(&self, env: Env<'_>) -> Result<Config, ConfigError> {
        Config::read(&|name| if name == "INTERVEN_API_KEY" { Some("iv_live_demo".into()) } else { env(name) })
    }
}
