//! `guard-conformance bench compare`: guards side by side, from stored results.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use crate::bench::comparison;
use crate::bench::results::Results;
use crate::outcome::Exit;

#[derive(Debug, Args)]
pub(super) struct Compare {
    /// Stored results of one machine, a row for each
    #[arg(value_name = "RESULTS", required = true)]
    results: Vec<PathBuf>,
}

impl Compare {
    pub(super) fn go(&self) -> anyhow::Result<Exit> {
        let results = self.results.iter().map(|path| Results::load(path)).collect::<anyhow::Result<Vec<_>>>()?;
        anstream::stdout().write_all(comparison::text(&results)?.as_bytes())?;
        Ok(Exit::Success)
    }
}
