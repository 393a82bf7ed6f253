//! The whole run as one JSON document, for programs.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Report;
use crate::event::{CaseResult, Event, Header, Summary};

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// The version of this format.
    pub report: u32,
    /// What was run, on what.
    pub run: Header,
    /// Every case, in the order of ids.
    pub results: Vec<CaseResult>,
    /// How it ended.
    pub summary: Summary,
}

/// Collects a run and writes it when it ends.
pub struct Json<W> {
    out: W,
    run: Option<Header>,
    results: Vec<CaseResult>,
}

impl<W: Write> Json<W> {
    /// Writes to `out`.
    pub const fn new(out: W) -> Self {
        Self { out, run: None, results: Vec::new() }
    }
}

impl<W: Write> Report for Json<W> {
    fn tell(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Started(header) => self.run = Some(header.clone()),
            Event::Played { .. } => {}
            Event::Judged(result) => self.results.push((**result).clone()),
            Event::Ended(summary) => {
                let Some(run) = self.run.take() else { return Ok(()) };
                let document =
                    Document { report: 1, run, results: std::mem::take(&mut self.results), summary: summary.clone() };
                serde_json::to_writer_pretty(&mut self.out, &document)?;
                self.out.write_all(b"\n")?;
                self.out.flush()?;
            }
        }
        Ok(())
    }
}

/// The JSON Schema of the document.
#[must_use]
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(Document)
}
