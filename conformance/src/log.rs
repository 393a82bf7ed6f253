//! What the parties write down while a play runs, each event with the moment it happened. Never a
//! judgement; `recording` is the finished form.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::recording::{Entry, Event};

/// A shared, growing list of events. Cloning gives another hand on the same list.
#[derive(Debug, Clone)]
pub struct Log {
    began: Instant,
    events: Arc<Mutex<Vec<(Instant, Event)>>>,
}

impl Log {
    /// An empty list; time counts from here.
    #[must_use]
    pub fn begin() -> Self {
        Self { began: Instant::now(), events: Arc::default() }
    }

    /// Writes down what happens now.
    pub fn push(&self, event: Event) {
        self.push_at(Instant::now(), event);
    }

    /// Writes down what happened then.
    pub fn push_at(&self, at: Instant, event: Event) {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push((at, event));
    }

    /// How many events of a kind there are so far.
    pub(crate) fn count(&self, is: impl Fn(&Event) -> bool) -> usize {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).iter().filter(|(_, event)| is(event)).count()
    }

    /// Everything so far, ordered by time; what happened in the same moment stays in the order it was written.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let mut events = std::mem::take(&mut *self.events.lock().unwrap_or_else(PoisonError::into_inner));
        events.sort_by_key(|(at, _)| *at);
        let since =
            |at: Instant| u64::try_from(at.saturating_duration_since(self.began).as_micros()).unwrap_or(u64::MAX);
        events.into_iter().map(|(at, event)| Entry { at_us: since(at), direct: false, event }).collect()
    }
}
