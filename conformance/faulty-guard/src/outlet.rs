//! Where answers go: a line of stdout each, or together into the one line that answers a batch
//! (MCP 2025-03-26, basic). Never what is answered, and never who owes it.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use crate::guard::log_line;
use crate::json::{Object, raw};

/// The way back to the client for one message of its.
#[derive(Debug, Clone)]
pub(crate) enum Outlet {
    Line(Arc<Lines>),
    Batch(Arc<Batch>),
}

impl Outlet {
    /// The client; `unheard` is done when it reads no more.
    pub(crate) fn stdout(unheard: fn()) -> Self {
        Self::Line(Arc::new(Lines { stdout: Mutex::new(io::stdout()), unheard }))
    }

    /// The way back for the messages of one batch. Its line is written when the last who holds it
    /// has let go, and not at all when nobody had anything to say.
    pub(crate) fn batch(&self) -> Self {
        match self {
            Self::Line(lines) => Self::Batch(Arc::new(Batch { lines: Arc::clone(lines), messages: Mutex::default() })),
            Self::Batch(_) => self.clone(),
        }
    }

    pub(crate) fn is_batch(&self) -> bool {
        matches!(self, Self::Batch(_))
    }

    /// Sends one message as it stands.
    pub(crate) fn relay(&self, line: &[u8]) {
        match self {
            Self::Line(lines) => lines.write_bytes(&[line, b"\n"].concat()),
            Self::Batch(_) => match serde_json::from_slice(line).ok().and_then(Object::of) {
                Some(message) => self.send(vec![message]),
                None => log_line("what is no message cannot be part of a batch"),
            },
        }
    }

    /// Sends messages; they stay together.
    pub(crate) fn send(&self, messages: Vec<Object>) {
        match self {
            Self::Line(lines) => lines.write(&messages),
            Self::Batch(batch) => batch.messages.lock().unwrap_or_else(PoisonError::into_inner).extend(messages),
        }
    }
}

/// Stdout, whole lines at a time.
#[derive(Debug)]
pub(crate) struct Lines {
    stdout: Mutex<io::Stdout>,
    unheard: fn(),
}

impl Lines {
    fn write(&self, messages: &[impl Serialize]) {
        let mut lines = String::new();
        for message in messages {
            lines.push_str(raw(message).get());
            lines.push('\n');
        }
        self.write_bytes(lines.as_bytes());
    }

    fn write_bytes(&self, lines: &[u8]) {
        let mut stdout = self.stdout.lock().unwrap_or_else(PoisonError::into_inner);
        if stdout.write_all(lines).and_then(|()| stdout.flush()).is_err() {
            (self.unheard)();
        }
    }
}

/// The answers to a batch, gathered.
#[derive(Debug)]
pub(crate) struct Batch {
    lines: Arc<Lines>,
    messages: Mutex<Vec<Object>>,
}

impl Drop for Batch {
    fn drop(&mut self) {
        let messages = mem::take(self.messages.get_mut().unwrap_or_else(PoisonError::into_inner));
        if !messages.is_empty() {
            self.lines.write(&[messages]);
        }
    }
}
