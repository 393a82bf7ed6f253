//! Ends a guard that is waited for in vain: a blocking read knows no deadline. Never a measurement.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How often it is looked.
const INTERVAL: Duration = Duration::from_millis(50);

/// Looks after one process.
#[derive(Debug)]
pub(crate) struct Watch {
    began: Instant,
    /// Since when something is waited for, in nanoseconds from the beginning; 0 when nothing is.
    since: AtomicU64,
    patience: AtomicU64,
    fired: AtomicBool,
    /// The process and its group, until it is left alone.
    process: Mutex<Option<u32>>,
}

impl Watch {
    /// Looks after this process from now on.
    ///
    /// # Errors
    /// There is no thread for it.
    pub(crate) fn over(process: u32, patience: Duration) -> io::Result<Arc<Self>> {
        let watch = Arc::new(Self {
            began: Instant::now(),
            since: AtomicU64::new(0),
            patience: AtomicU64::new(nanos(patience)),
            fired: AtomicBool::new(false),
            process: Mutex::new(Some(process)),
        });
        let watching = Arc::clone(&watch);
        thread::Builder::new().name("watch".into()).spawn(move || {
            while watching.look() {
                thread::sleep(INTERVAL);
            }
        })?;
        Ok(watch)
    }

    /// How long an answer may take from now on.
    pub(crate) fn be_patient(&self, patience: Duration) {
        self.patience.store(nanos(patience), Ordering::Relaxed);
    }

    /// An answer is waited for, from now on.
    pub(crate) fn begin(&self) {
        self.since.store(nanos(self.began.elapsed()).max(1), Ordering::Relaxed);
    }

    /// Nothing is waited for any more.
    pub(crate) fn end(&self) {
        self.since.store(0, Ordering::Relaxed);
    }

    /// Whether the process was ended, and after how long.
    pub(crate) fn has_fired(&self) -> Option<Duration> {
        self.fired.load(Ordering::Relaxed).then(|| Duration::from_nanos(self.patience.load(Ordering::Relaxed)))
    }

    /// Ends the process and its group, and looks no more.
    pub(crate) fn leave(&self) {
        if let Some(process) = self.process.lock().unwrap_or_else(PoisonError::into_inner).take() {
            kill(process);
        }
    }

    /// Whether to go on looking.
    fn look(&self) -> bool {
        let process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(id) = *process else { return false };
        let since = self.since.load(Ordering::Relaxed);
        let waited = nanos(self.began.elapsed()).saturating_sub(since);
        if since == 0 || waited < self.patience.load(Ordering::Relaxed) {
            return true;
        }
        self.fired.store(true, Ordering::Relaxed);
        kill(id);
        false
    }
}

fn nanos(duration: Duration) -> u64 {
    super::histogram::nanos(duration)
}

#[cfg(unix)]
fn kill(process: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(group) = i32::try_from(process).ok().and_then(Pid::from_raw) {
        // Whoever has gone needs no signal.
        let _gone = kill_process_group(group, Signal::KILL);
    }
}

/// Elsewhere only the process itself can be ended, by whoever holds it.
#[cfg(not(unix))]
fn kill(_process: u32) {}
