//! Something that happens once, and that others wait for. Never what it is.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// One event and what it brought.
#[derive(Debug)]
pub(crate) struct Moment<T> {
    come: Mutex<Option<T>>,
    told: Condvar,
}

impl<T> Default for Moment<T> {
    fn default() -> Self {
        Self { come: Mutex::new(None), told: Condvar::new() }
    }
}

impl<T: Copy> Moment<T> {
    pub(crate) fn comes(&self, with: T) {
        *self.come.lock().unwrap_or_else(PoisonError::into_inner) = Some(with);
        self.told.notify_all();
    }

    /// What it brought, if it comes within this time.
    pub(crate) fn within(&self, patience: Duration) -> Option<T> {
        let come = self.come.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.told.wait_timeout_while(come, patience, |come| come.is_none());
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}
