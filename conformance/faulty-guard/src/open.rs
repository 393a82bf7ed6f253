//! The calls that still owe an answer. Who closes one here owes it: a call is answered once, and a
//! cancelled one never. Never what a call does.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::gateway::Gateway;
use crate::message::Id;
use crate::outlet::Outlet;

/// The calls in flight, by id.
#[derive(Debug, Default)]
pub(crate) struct OpenCalls {
    table: Mutex<Table>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Table {
    calls: HashMap<String, Owed>,
    opened: u64,
}

/// An answer that is owed: who works on it, and where it goes.
#[derive(Debug)]
struct Owed {
    number: u64,
    gateway: Gateway,
    outlet: Outlet,
}

/// Names one call. The id alone does not: once cancelled, it may come again while the first call's
/// thread is still at work.
#[derive(Debug)]
pub(crate) struct Ticket {
    key: String,
    number: u64,
}

impl OpenCalls {
    /// Opens a call; `None` while another with this id is in flight.
    pub(crate) fn open(&self, id: &Id, gateway: Gateway, outlet: Outlet) -> Option<Ticket> {
        let mut table = self.lock();
        let key = id.key();
        if table.calls.contains_key(&key) {
            return None;
        }
        table.opened += 1;
        let number = table.opened;
        table.calls.insert(key.clone(), Owed { number, gateway, outlet });
        Some(Ticket { key, number })
    }

    /// Closes a call by answering it, unless it was cancelled. The answer is written before anyone
    /// can see the call closed, so that the end of the process cannot overtake it.
    pub(crate) fn close(&self, ticket: &Ticket, answer: impl FnOnce(Outlet)) {
        let mut table = self.lock();
        if table.calls.get(&ticket.key).is_some_and(|owed| owed.number == ticket.number) {
            if let Some(owed) = table.calls.remove(&ticket.key) {
                answer(owed.outlet);
            }
            self.changed.notify_all();
        }
    }

    /// Closes a call without an answer and hangs up on the gateway. Unknown ids are ignored, as the
    /// specification asks: the answer may have crossed the cancellation.
    pub(crate) fn cancel(&self, id: &Id) {
        if let Some(gateway) = self.forget(id) {
            gateway.hang_up();
        }
    }

    /// Closes every call without an answer and hangs up on the gateway.
    pub(crate) fn cancel_all(&self) {
        for owed in std::mem::take(&mut self.lock().calls).into_values() {
            owed.gateway.hang_up();
        }
        self.changed.notify_all();
    }

    /// Closes a call without an answer; its work goes on, and this is what it works with.
    pub(crate) fn forget(&self, id: &Id) -> Option<Gateway> {
        let removed = self.lock().calls.remove(&id.key());
        self.changed.notify_all();
        removed.map(|owed| owed.gateway)
    }

    /// Waits until every call is closed, at most this long.
    pub(crate) fn drain(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        let mut table = self.lock();
        while !table.calls.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            table = match self.changed.wait_timeout(table, left) {
                Ok((table, _)) => table,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;

    use super::*;
    use crate::config::tests::local;
    use crate::json::raw;

    fn gateway() -> Gateway {
        Gateway::new(Arc::new(local(&[])))
    }

    #[test]
    fn a_cancelled_call_is_never_answered_even_when_its_id_comes_again() {
        let (open, id, answers) = (OpenCalls::default(), Id(raw(7)), Cell::new(0));
        let first = open.open(&id, gateway(), Outlet::stdout(|| {})).unwrap();
        assert!(open.open(&id, gateway(), Outlet::stdout(|| {})).is_none());
        open.cancel(&id);
        let second = open.open(&id, gateway(), Outlet::stdout(|| {})).unwrap();
        open.close(&first, |_| answers.set(answers.get() + 1));
        assert_eq!(answers.get(), 0);
        open.close(&second, |_| answers.set(answers.get() + 1));
        open.close(&second, |_| answers.set(answers.get() + 1));
        assert_eq!(answers.get(), 1);
    }

    #[test]
    fn draining_waits_for_the_last_call_and_no_longer() {
        let open = Arc::new(OpenCalls::default());
        let ticket = open.open(&Id(raw("a")), gateway(), Outlet::stdout(|| {})).unwrap();
        let started = Instant::now();
        open.drain(Duration::from_millis(20));
        assert!(started.elapsed() >= Duration::from_millis(20));
        let worker = { Arc::clone(&open) };
        let thread = std::thread::spawn(move || worker.close(&ticket, |_| {}));
        open.drain(Duration::from_secs(60));
        assert!(started.elapsed() < Duration::from_secs(30));
        thread.join().unwrap();
    }
}
