//! The journal as a file, one JSON object a line, written by a thread of its own: nothing is left
//! out, and no answer waits for a disk. Never a key; bodies, so only the owner can read it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use mock_gateway::Event;
use tokio::sync::oneshot;

use super::stderr::Lines;

/// A file that takes no event for this long at the end takes no more.
const STANDSTILL: Duration = Duration::from_millis(500);

/// The file, as the one who hands it events sees it.
pub(super) struct JournalFile {
    events: mpsc::Sender<Event>,
    unwritten: Arc<AtomicU64>,
    ended: oneshot::Receiver<()>,
}

impl JournalFile {
    /// Opens the file; `lines` is told when it cannot be written any more.
    pub(super) fn open(path: &Path, lines: Lines) -> Result<Self, String> {
        let failed = |error: io::Error| format!("cannot open journal {}: {error}", path.display());
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(failed)?;
        let (events, inbox) = mpsc::channel();
        let (end, ended) = oneshot::channel();
        let unwritten = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&unwritten);
        let writer = move || {
            if let Err(error) = write(file, &inbox, &counter) {
                lines.say(format!("mock-gateway: the journal ends here, it cannot be written: {error}"));
            }
            // Whoever waited for the end may have given up.
            _ = end.send(());
        };
        thread::Builder::new().name("journal".to_owned()).spawn(writer).map_err(failed)?;
        Ok(Self { events, unwritten, ended })
    }

    /// Hands an event over; it waits for the file as long as it must.
    pub(super) fn write(&self, event: Event) {
        self.unwritten.fetch_add(1, Ordering::Relaxed);
        // A file that failed takes no more: the event stays counted as unwritten.
        _ = self.events.send(event);
    }

    /// Waits until all is written, for as long as the file moves; gives the number of events that
    /// are not in it.
    pub(super) async fn finish(self) -> u64 {
        let Self { events, unwritten, mut ended } = self;
        drop(events);
        loop {
            let before = unwritten.load(Ordering::Relaxed);
            let waited = tokio::time::timeout(STANDSTILL, &mut ended).await;
            let left = unwritten.load(Ordering::Relaxed);
            if waited.is_ok() || left == before {
                return left;
            }
        }
    }
}

fn write(mut file: File, events: &mpsc::Receiver<Event>, unwritten: &AtomicU64) -> io::Result<()> {
    let started = Instant::now();
    for event in events {
        let mut line = event.to_json(started);
        line.push('\n');
        file.write_all(line.as_bytes())?;
        unwritten.fetch_sub(1, Ordering::Relaxed);
    }
    Ok(())
}
