//! A guard that starts a background process in a session of its own and forgets it.

use std::process::{Command, Stdio};

use crate::config::{Config, ConfigError, Env};
use crate::guard::Guard;

pub(crate) struct LeavesChild;

impl Guard for LeavesChild {
    fn start(&self, env: Env<'_>) -> Result<Config, ConfigError> {
        let config = Config::read(env)?;
        // It ends by itself after a minute, has no pipe of ours to hold open, and never sees the key.
        let mut child = Command::new("setsid");
        child.args(["sleep", "60"]).env_remove("INTERVEN_API_KEY");
        let _ = child.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Ok(config)
    }
}
