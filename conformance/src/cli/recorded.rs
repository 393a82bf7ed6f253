//! `guard-conformance replay`, `judge`, `merge` and `report`: what can be done with what runs have kept.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::outputs::Outputs;
use super::{CasesFolder, load};
use crate::event::Event;
use crate::merge;
use crate::outcome::Exit;
use crate::recording::Recording;
use crate::report::json::Document;
use crate::report::terminal::Terminal;
use crate::report::{Report, replay};
use crate::subject::Subject;
use crate::suite::{self, Options};

#[derive(Debug, Args)]
pub(super) struct Replay {
    /// A recording, as `run --record FOLDER` keeps it
    #[arg(value_name = "FILE")]
    recording: PathBuf,
    /// How many characters of each text are shown
    #[arg(long, value_name = "N", default_value_t = 160)]
    characters: usize,
    /// Shows every text whole
    #[arg(long, conflicts_with = "characters")]
    full: bool,
}

impl Replay {
    pub(super) fn go(&self) -> anyhow::Result<Exit> {
        let recording = Recording::load(&self.recording)?;
        let characters = if self.full { usize::MAX } else { self.characters };
        anstream::stdout().write_all(replay::replay(&recording, characters).as_bytes())?;
        Ok(Exit::Success)
    }
}

#[derive(Debug, Args)]
pub(super) struct Judge {
    /// Recordings, or folders of them, as `run --record FOLDER` keeps them
    #[arg(value_name = "PATH", required = true)]
    recordings: Vec<PathBuf>,
    /// The guard's manifest, for its known failures; whether one is stale is not asked
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Fails on a SHOULD that is not met
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    cases: CasesFolder,
}

impl Judge {
    pub(super) fn go(&self) -> anyhow::Result<Exit> {
        let (requirements, cases) = load(&self.cases)?;
        let known = match &self.manifest {
            Some(path) => Subject::from_manifest(path)?.known_failures,
            None => Vec::new(),
        };
        let rerun = std::env::args().collect();
        let options = Options { strict: self.strict, rerun, ..Options::default() };
        let mut terminal = Terminal::new(anstream::stdout(), None::<io::Stderr>);
        let mut told = Ok(());
        let exit = suite::judge_again(&self.recordings, &cases, &requirements, &known, &options, |event: Event| {
            if told.is_ok() {
                told = terminal.tell(&event);
            }
        })?;
        told.context("cannot write the report")?;
        Ok(exit)
    }
}

pub(super) const EXAMPLES: &str = "Examples:
  guard-conformance run --partition 1/2 --json 1.json -- my-guard    # on one machine
  guard-conformance run --partition 2/2 --json 2.json -- my-guard    # on another
  guard-conformance merge 1.json 2.json --json whole.json";

#[derive(Debug, Args)]
pub(super) struct Merge {
    /// The JSON reports of all parts of a run
    #[arg(value_name = "REPORT", required = true)]
    parts: Vec<PathBuf>,
    #[command(flatten)]
    outputs: Outputs,
    #[command(flatten)]
    cases: CasesFolder,
}

impl Merge {
    pub(super) fn go(&self) -> anyhow::Result<Exit> {
        let (_, cases) = load(&self.cases)?;
        let mut parts = Vec::new();
        for path in &self.parts {
            parts.push((path.display().to_string(), Document::load(path)?));
        }
        let (whole, exit) = merge::merge(parts, &cases)?;
        whole.tell(&mut self.outputs.open()?).context("cannot write the report")?;
        Ok(exit)
    }
}

#[derive(Debug, Args)]
pub(super) struct Render {
    /// The JSON report of a run
    #[arg(value_name = "REPORT")]
    report: PathBuf,
    #[command(flatten)]
    outputs: Outputs,
}

impl Render {
    pub(super) fn go(&self) -> anyhow::Result<Exit> {
        let document = Document::load(&self.report)?;
        document.tell(&mut self.outputs.open()?).context("cannot write the report")?;
        Ok(Exit::Success)
    }
}
