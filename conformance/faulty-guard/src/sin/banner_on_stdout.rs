//! A guard that greets on the channel that belongs to the protocol.

use std::io::{self, Write};

use crate::config::{Config, ConfigError, Env};
use crate::guard::Guard;

pub(crate) struct BannerOnStdout;

impl Guard for BannerOnStdout {
    fn start(&self, env: Env<'_>) -> Result<Config, ConfigError> {
        let _ = io::stdout().write_all(b"faulty-guard is ready\n");
        Config::read(env)
    }
}
