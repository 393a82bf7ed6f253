//! A proxy that hands its settings on under names of its own.

use std::ffi::OsString;
use std::process::Command;

use crate::config::Config;
use crate::proxy::honest::{Honest, Proxy};

pub(crate) struct KeyRenamedInChild;

impl Proxy for KeyRenamedInChild {
    fn command(&self, config: &Config, upstream: &[OsString]) -> Command {
        let mut command = Honest.command(config, upstream);
        command.env("GUARD_TOKEN", config.key.secret());
        command
    }
}
