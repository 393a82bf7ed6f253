//! Where the reports of a run go: the terminal, and the files that were asked for.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use anyhow::{Context, anyhow};
use clap::Args;

use crate::event::Event;
use crate::report::terminal::Terminal;
use crate::report::whole::{Rendering, Whole};
use crate::report::{Report, html, json, junit, markdown};

#[derive(Debug, Args)]
pub(super) struct Outputs {
    /// Writes the report as JSON; `-` is stdout, in the place of the terminal's report
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the report as JUnit XML, for CI systems
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Writes the report as Markdown that fits the summary of a CI job
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Writes the report as one page of HTML that needs nothing but itself
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl Outputs {
    /// Opens them all, so that a file that cannot be written is known before anything is played.
    pub(super) fn open(&self) -> anyhow::Result<Vec<Box<dyn Report>>> {
        let progress = io::stderr().is_terminal().then(io::stderr);
        let wholes: [(_, Rendering); 4] = [
            (&self.json, json::render),
            (&self.junit, junit::render),
            (&self.markdown, markdown::render),
            (&self.html, html::render),
        ];
        let mut reports: Vec<Box<dyn Report>> = Vec::new();
        let mut to_stdout: Option<Box<dyn Report>> = None;
        for (path, render) in wholes {
            let Some(path) = path else { continue };
            if path.as_os_str() != "-" {
                let file = std::fs::File::create(path);
                let file = file.map_err(|source| anyhow!("cannot write {}: {source}", path.display()))?;
                reports.push(Box::new(Whole::new(io::BufWriter::new(file), render)));
            } else if to_stdout.replace(Box::new(Whole::new(io::stdout(), render))).is_some() {
                return Err(anyhow!("only one report can go to stdout"));
            }
        }
        let shown = to_stdout.unwrap_or_else(|| Box::new(Terminal::new(anstream::stdout(), progress)));
        reports.insert(0, shown);
        Ok(reports)
    }
    /// The same as one, for what happens over time.
    pub(super) fn together(&self) -> anyhow::Result<Reports> {
        Ok(Reports { all: self.open()?, written: Ok(()) })
    }
}

/// Reports that are told of the same events. One that cannot be written keeps nothing from the others.
pub(super) struct Reports {
    all: Vec<Box<dyn Report>>,
    written: io::Result<()>,
}

impl Reports {
    pub(super) fn tell(&mut self, event: &Event) {
        for report in &mut self.all {
            let told = report.tell(event);
            if self.written.is_ok() {
                self.written = told;
            }
        }
    }

    /// The first thing that could not be written.
    pub(super) fn written(self) -> anyhow::Result<()> {
        self.written.context("cannot write the report")
    }
}
