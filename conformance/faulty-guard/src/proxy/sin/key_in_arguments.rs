//! A proxy that configures its upstream on the command line.

use std::ffi::OsString;
use std::process::Command;

use crate::config::Config;
use crate::proxy::honest::{Honest, Proxy};

pub(crate) struct KeyInArguments;

impl Proxy for KeyInArguments {
    fn command(&self, config: &Config, upstream: &[OsString]) -> Command {
        let mut command = Honest.command(config, upstream);
        command.arg(format!("--api-key={}", config.key.secret()));
        command
    }
}
