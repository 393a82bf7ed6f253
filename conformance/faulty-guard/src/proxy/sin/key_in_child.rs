//! A proxy that hands its whole environment on.

use std::ffi::OsString;
use std::process::Command;

use crate::config::Config;
use crate::proxy::honest::{Honest, Proxy};

pub(crate) struct KeyInChild;

impl Proxy for KeyInChild {
    fn command(&self, config: &Config, upstream: &[OsString]) -> Command {
        let mut command = Honest.command(config, upstream);
        command.env("INTERVEN_API_KEY", config.key.secret());
        command
    }
}
