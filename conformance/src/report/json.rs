//! The whole run as one JSON document, for programs.

use std::io;
use std::path::Path;

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

/// A report that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The file could not be read.
    #[error("cannot read report {path}: {source}")]
    Io {
        /// Which file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// It is no report, or one of another version of the harness.
    #[error("{path} is no report of this version of guard-conformance: {source}")]
    Malformed {
        /// Which file.
        path: String,
        /// What the parser said.
        source: serde_json::Error,
    },
}

impl Document {
    /// Reads what [`render`] made.
    ///
    /// # Errors
    /// When the file cannot be read or is no such document.
    pub fn load(path: &Path) -> Result<Self, ReportError> {
        let name = path.display().to_string();
        let text = std::fs::read(path).map_err(|source| ReportError::Io { path: name.clone(), source })?;
        serde_json::from_slice(&text).map_err(|source| ReportError::Malformed { path: name, source })
    }

    /// Tells the run again, as it was told when it went on.
    ///
    /// # Errors
    /// When what a report writes to cannot be written.
    pub fn tell(self, reports: &mut [Box<dyn Report>]) -> io::Result<()> {
        let results = self.results.into_iter().map(|result| Event::Judged(Box::new(result)));
        let events = [Event::Started(self.run)].into_iter().chain(results).chain([Event::Ended(self.summary)]);
        for event in events {
            for report in &mut *reports {
                report.tell(&event)?;
            }
        }
        Ok(())
    }
}

/// The document as JSON.
#[must_use]
pub fn render(document: &Document) -> String {
    let text = serde_json::to_string_pretty(document).expect("a report has no map whose keys are no strings");
    text + "\n"
}

/// The JSON Schema of the document.
#[must_use]
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(Document)
}

#[cfg(test)]
impl Document {
    /// One of a run that says nothing special.
    pub(crate) fn sample(results: Vec<CaseResult>) -> Self {
        let outcomes: Vec<_> = results.iter().map(|result| result.outcome).collect();
        let counts = crate::outcome::Outcome::count(&outcomes);
        Self {
            report: 1,
            run: Header::sample(),
            results,
            summary: Summary { counts, stale: Vec::new(), duration_ms: 1234 },
        }
    }
}
