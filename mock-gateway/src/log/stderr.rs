//! Lines for a person on stderr, written by a thread of their own: a stderr that nobody reads costs
//! lines, which are counted, and never an answer. Never what the lines say.

use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

/// How many bytes of lines may wait for a reader.
const ROOM: usize = 256 * 1024;

/// How long the last lines may take at the end.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// The thread that writes.
pub(super) struct Stderr {
    lines: Lines,
    ended: oneshot::Receiver<()>,
}

impl Stderr {
    pub(super) fn start() -> io::Result<Self> {
        let lines = Lines::default();
        let (end, ended) = oneshot::channel();
        let source = lines.clone();
        let writer = move || {
            while let Some(mut line) = source.next() {
                line.push('\n');
                // A closed stderr silences the log; it does not stop the gateway.
                _ = io::stderr().write_all(line.as_bytes());
            }
            // Whoever waited for the end may have given up.
            _ = end.send(());
        };
        thread::Builder::new().name("stderr".to_owned()).spawn(writer)?;
        Ok(Self { lines, ended })
    }

    /// Where lines are handed over.
    pub(super) const fn lines(&self) -> &Lines {
        &self.lines
    }

    /// Takes no more lines, and waits a moment for those that are left.
    pub(super) async fn finish(self) {
        self.lines.close();
        // Lines that nobody reads by then are lost with the process.
        _ = tokio::time::timeout(LAST_WORDS, self.ended).await;
    }
}

/// The lines that wait. Clones are the same queue.
#[derive(Clone, Default)]
pub(crate) struct Lines {
    shared: Arc<(Mutex<Queue>, Condvar)>,
}

impl Lines {
    /// Hands a line over; never waits.
    pub(crate) fn say(&self, line: String) {
        self.queue().push(line);
        self.shared.1.notify_one();
    }

    fn close(&self) {
        self.queue().closed = true;
        self.shared.1.notify_one();
    }

    /// Waits for the next line; `None` after the last one.
    fn next(&self) -> Option<String> {
        let mut queue = self.queue();
        while queue.lines.is_empty() && !queue.closed {
            queue = self.shared.1.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        queue.pop()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing is left half done where this lock is held, so a panic elsewhere does not spoil it.
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct Queue {
    lines: VecDeque<String>,
    bytes: usize,
    left_out: u64,
    closed: bool,
}

impl Queue {
    fn push(&mut self, line: String) {
        if self.left_out == 0 && self.bytes + line.len() <= ROOM {
            self.add(line);
        } else {
            self.left_out += 1;
        }
        self.own_up();
    }

    fn pop(&mut self) -> Option<String> {
        let line = self.lines.pop_front()?;
        self.bytes -= line.len();
        self.own_up();
        Some(line)
    }

    /// Says in the place of the missing lines how many they are. Half the room must be free, so
    /// that a slow reader gets to read more than such notes.
    fn own_up(&mut self) {
        if self.left_out > 0 && self.bytes <= ROOM / 2 {
            let left_out = std::mem::take(&mut self.left_out);
            self.add(format!("mock-gateway: {left_out} lines left out here, stderr was not read in time"));
        }
    }

    fn add(&mut self, line: String) {
        self.bytes += line.len();
        self.lines.push_back(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(length: usize) -> String {
        "x".repeat(length)
    }

    #[test]
    fn what_finds_no_room_is_counted_where_it_is_missing() {
        let mut queue = Queue::default();
        for _ in 0..12 {
            queue.push(line(ROOM / 8));
        }
        queue.push(String::from("short, but later than what is missing"));
        assert_eq!((queue.lines.len(), queue.bytes, queue.left_out), (8, ROOM, 5));
        for _ in 0..3 {
            assert_eq!(queue.pop(), Some(line(ROOM / 8)));
        }
        assert_eq!(queue.left_out, 5, "not before half the room is free");
        assert_eq!(queue.pop(), Some(line(ROOM / 8)));
        queue.push(String::from("after"));
        let rest: Vec<_> = std::iter::from_fn(|| queue.pop()).skip(4).collect();
        assert_eq!(rest, ["mock-gateway: 5 lines left out here, stderr was not read in time", "after"]);
        assert_eq!((queue.bytes, queue.left_out), (0, 0));
    }

    #[test]
    fn a_line_that_never_fits_is_counted_at_once() {
        let mut queue = Queue::default();
        queue.push(line(ROOM + 1));
        assert!(queue.pop().is_some_and(|note| note.contains(": 1 lines left out here")));
    }
}
