//! `guard-conformance man`: the help pages as man pages, for who packages the program.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, CommandFactory};

use super::Cli;
use crate::outcome::Exit;

#[derive(Debug, Args)]
pub(super) struct Man {
    /// Where they go
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

impl Man {
    pub(super) fn go(&self) -> anyhow::Result<Exit> {
        let written =
            std::fs::create_dir_all(&self.out).and_then(|()| clap_mangen::generate_to(Cli::command(), &self.out));
        written.with_context(|| format!("cannot write man pages to {}", self.out.display()))?;
        Ok(Exit::Success)
    }
}
