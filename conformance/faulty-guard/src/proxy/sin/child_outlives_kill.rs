//! A proxy that counts on being asked to end.

use std::ffi::OsString;
use std::process::Command;

use crate::config::Config;
use crate::proxy::honest::Proxy;

pub(crate) struct ChildOutlivesKill;

impl Proxy for ChildOutlivesKill {
    fn command(&self, _config: &Config, upstream: &[OsString]) -> Command {
        let mut command = Command::new(&upstream[0]);
        command.args(&upstream[1..]).env_remove("INTERVEN_API_KEY");
        command
    }
}
