//! `guard-conformance compare`: several reports side by side.

use std::io::Write;
use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;

use crate::compare::{Change, Comparison};
use crate::outcome::Exit;
use crate::report::json::Document;
use crate::report::side_by_side;

#[derive(Debug, Args)]
pub(super) struct Compare {
    /// JSON reports; of the same guard the older ones first
    #[arg(value_name = "REPORT", num_args = 2.., required = true)]
    reports: Vec<PathBuf>,
    /// Writes the comparison as Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Ends with exit code 1 when a guard does worse than before
    #[arg(long)]
    fail_on_regression: bool,
}

impl Compare {
    pub(super) fn go(&self) -> anyhow::Result<Exit> {
        let mut reports = Vec::new();
        for path in &self.reports {
            reports.push((path.display().to_string(), Document::load(path)?));
        }
        let comparison = Comparison::of(&reports);
        if let Some(path) = &self.markdown {
            std::fs::write(path, side_by_side::markdown(&comparison))
                .map_err(|source| anyhow!("cannot write {}: {source}", path.display()))?;
        }
        anstream::stdout().write_all(side_by_side::text(&comparison).as_bytes())?;
        let is_worse = self.fail_on_regression && comparison.changed(Change::Regressed).next().is_some();
        Ok(if is_worse { Exit::GuardFailed } else { Exit::Success })
    }
}
