//! One line per request for a person on stderr, and the whole journal as a file when asked for.
//! Each has a thread of its own, because this runs on the thread that answers: nothing here waits
//! for a reader or a disk. Neither ever holds a key.

mod file;
mod stderr;

use std::collections::HashMap;
use std::path::Path;

use mock_gateway::Event;
use tokio::sync::mpsc::UnboundedReceiver;

use file::JournalFile;
pub(crate) use stderr::Lines;
use stderr::Stderr;

/// Where events go.
pub(crate) struct Log {
    stderr: Stderr,
    file: Option<JournalFile>,
    open: HashMap<u64, String>,
}

impl Log {
    /// Opens the file, if there shall be one.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, String> {
        let stderr = Stderr::start().map_err(|error| format!("cannot start the thread of stderr: {error}"))?;
        let file = path.map(|path| JournalFile::open(path, stderr.lines().clone())).transpose()?;
        Ok(Self { stderr, file, open: HashMap::new() })
    }

    /// Where lines for a person are handed over.
    pub(crate) const fn lines(&self) -> &Lines {
        self.stderr.lines()
    }

    /// Writes until the gateway is gone, then what is left: less than a second when nobody takes it.
    pub(crate) async fn follow(mut self, mut events: UnboundedReceiver<Event>) {
        while let Some(event) = events.recv().await {
            if let Some(line) = self.line(&event) {
                self.stderr.lines().say(line);
            }
            if let Some(file) = &self.file {
                file.write(event);
            }
        }
        if let Some(file) = self.file {
            let unwritten = file.finish().await;
            if unwritten > 0 {
                self.stderr.lines().say(format!("mock-gateway: {unwritten} events did not reach the journal file"));
            }
        }
        self.stderr.finish().await;
    }

    /// What a person reads about this event, if anything.
    fn line(&mut self, event: &Event) -> Option<String> {
        match event {
            Event::Arrived { number, method, path, .. } => {
                let path = path.split('?').next().unwrap_or(path);
                self.open.insert(*number, format!("{method} {path}"));
                None
            }
            Event::Decided { number, decision, .. } => self.open.get(number).map(|call| format!("{call} {decision}")),
            Event::Answered { number, .. } | Event::Broken { number, .. } => {
                self.open.remove(number);
                None
            }
            Event::HungUp { number, .. } => self.open.remove(number).map(|call| format!("{call} hung up")),
        }
    }
}
