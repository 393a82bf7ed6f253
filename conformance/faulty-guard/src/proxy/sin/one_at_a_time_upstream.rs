//! A proxy that cannot tell two answers apart, and so waits for each.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::proxy::honest::Proxy;
use crate::proxy::rewrite::{self, Kind};

/// Longer than any client waits; not for ever, so that nothing is left behind for good.
const PATIENCE: Duration = Duration::from_secs(600);

/// Whether the upstream owes an answer.
static OPEN: Mutex<bool> = Mutex::new(false);

static ANSWERED: Condvar = Condvar::new();

pub(crate) struct OneAtATimeUpstream;

impl Proxy for OneAtATimeUpstream {
    fn to_upstream(&self, line: Vec<u8>) -> Option<Vec<u8>> {
        if rewrite::kind(&line).is_some_and(|(kind, _)| kind == Kind::Request) {
            let open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
            let waited = ANSWERED.wait_timeout_while(open, PATIENCE, |open| *open);
            *waited.unwrap_or_else(PoisonError::into_inner).0 = true;
        }
        Some(line)
    }

    fn to_client(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        if rewrite::kind(&line).is_some_and(|(kind, _)| kind == Kind::Answer) {
            *OPEN.lock().unwrap_or_else(PoisonError::into_inner) = false;
            ANSWERED.notify_one();
        }
        vec![line]
    }
}
