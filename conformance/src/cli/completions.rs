//! `guard-conformance completions`: what a shell needs to complete our words. Never what the words do.

use std::io::{self, Write};

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Cli;
use crate::outcome::Exit;

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// Which shell
    shell: Shell,
}

impl Completions {
    pub(super) fn go(&self) -> anyhow::Result<Exit> {
        // Into memory first, because the generator panics where it cannot write.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "guard-conformance", &mut script);
        // The generator (4.6) takes the hyphen of the name for the border of a subcommand in some places of what it
        // writes for bash, and not in others; with both alike, subcommands are completed.
        let script = String::from_utf8_lossy(&script).replace("guard__subcmd__conformance", "guard__conformance");
        io::stdout().write_all(script.as_bytes())?;
        Ok(Exit::Success)
    }
}
