//! `guard-conformance bench trend`: what has changed about a guard, from stored results.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use crate::bench::results::Results;
use crate::bench::{picture, trend};
use crate::outcome::Exit;

#[derive(Debug, Args)]
pub(super) struct Trend {
    /// Stored results, of any guards and machines; those of one guard on one machine stand side by side
    #[arg(value_name = "RESULTS", required = true)]
    results: Vec<PathBuf>,
    /// Draws them too, with the newest results of each guard, on a page of HTML
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl Trend {
    pub(super) fn go(&self) -> anyhow::Result<Exit> {
        let results = self.results.iter().map(|path| Results::load(path)).collect::<anyhow::Result<Vec<_>>>()?;
        if let Some(path) = &self.html {
            picture::save(path, &results)?;
        }
        anstream::stdout().write_all(trend::text(&trend::Trend::of(&results)).as_bytes())?;
        Ok(Exit::Success)
    }
}
