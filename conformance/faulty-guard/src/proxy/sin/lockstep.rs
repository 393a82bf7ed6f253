//! A proxy that reads one line of the upstream's for each of the client's: it hangs on one that has
//! nothing to say to a notification.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::proxy::honest::Proxy;

/// Longer than any client waits; not for ever, so that nothing is left behind for good.
const PATIENCE: Duration = Duration::from_secs(600);

/// How many lines went each way.
struct Lines {
    sent: u64,
    read: u64,
}

static LINES: Mutex<Lines> = Mutex::new(Lines { sent: 0, read: 0 });

static READ: Condvar = Condvar::new();

pub(crate) struct Lockstep;

impl Proxy for Lockstep {
    fn to_upstream(&self, line: Vec<u8>) -> Option<Vec<u8>> {
        let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = READ.wait_timeout_while(lines, PATIENCE, |lines| lines.read < lines.sent);
        waited.unwrap_or_else(PoisonError::into_inner).0.sent += 1;
        Some(line)
    }

    fn to_client(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        LINES.lock().unwrap_or_else(PoisonError::into_inner).read += 1;
        READ.notify_all();
        vec![line]
    }
}
