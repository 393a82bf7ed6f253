//! Collects a run, and writes it in one piece when it ends. Never how it is rendered.

use std::io::{self, Write};

use super::Report;
use super::json::Document;
use crate::event::{CaseResult, Event, Header};

/// Makes a text of a whole run.
pub type Rendering = fn(&Document) -> String;

/// Writes a run to `out` as `render` has it.
pub struct Whole<W> {
    out: W,
    render: Rendering,
    run: Option<Header>,
    results: Vec<CaseResult>,
}

impl<W: Write> Whole<W> {
    /// Writes to `out`, when the run has ended.
    pub const fn new(out: W, render: Rendering) -> Self {
        Self { out, render, run: None, results: Vec::new() }
    }
}

impl<W: Write> Report for Whole<W> {
    fn tell(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Started(header) => self.run = Some(header.clone()),
            Event::Played { .. } => {}
            Event::Judged(result) => self.results.push((**result).clone()),
            Event::Ended(summary) => {
                let Some(run) = self.run.take() else { return Ok(()) };
                let results = std::mem::take(&mut self.results);
                let document = Document { report: 1, run, results, summary: summary.clone() };
                self.out.write_all((self.render)(&document).as_bytes())?;
                self.out.flush()?;
            }
        }
        Ok(())
    }
}
