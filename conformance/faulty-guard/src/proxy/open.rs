//! The requests that still owe the client an answer: where each stands, and who may end it. Never an
//! answer, and never a thread.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::gateway::Gateway;
use crate::message::Id;
use crate::outlet::Outlet;

/// Where a request stands.
#[derive(Debug)]
pub(crate) enum Stage {
    /// Its verdict is not there yet; this is what it asks.
    Scanned(Gateway),
    /// It waits for a person.
    Held,
    /// The upstream has it.
    Sent,
}

/// A request that owes an answer.
#[derive(Debug)]
pub(crate) struct Owed {
    pub(crate) id: Id,
    pub(crate) method: String,
    pub(crate) outlet: Outlet,
    number: u64,
    stage: Stage,
}

/// Names one request. The id alone does not: once cancelled, it may come again.
#[derive(Debug, Clone)]
pub(crate) struct Ticket {
    key: String,
    number: u64,
}

/// All requests in flight, by id.
#[derive(Debug, Default)]
pub(crate) struct Open {
    table: Mutex<Table>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Table {
    owed: HashMap<String, Owed>,
    opened: u64,
}

impl Open {
    /// Enters a request; `None` while another with this id is in flight.
    pub(crate) fn enter(&self, id: &Id, method: &str, stage: Stage, outlet: &Outlet) -> Option<Ticket> {
        let mut table = self.lock();
        let key = id.key();
        if table.owed.contains_key(&key) {
            return None;
        }
        table.opened += 1;
        let (number, method, outlet) = (table.opened, method.to_owned(), outlet.clone());
        table.owed.insert(key.clone(), Owed { id: id.clone(), method, outlet, number, stage });
        Some(Ticket { key, number })
    }

    /// Whether nobody has ended it yet.
    pub(crate) fn is_open(&self, ticket: &Ticket) -> bool {
        self.lock().of(ticket).is_some()
    }

    /// Whether the upstream has it.
    pub(crate) fn is_sent(&self, id: &Id) -> bool {
        self.lock().owed.get(&id.key()).is_some_and(|owed| matches!(owed.stage, Stage::Sent))
    }

    /// From the scan to the hold, or back.
    pub(crate) fn set(&self, ticket: &Ticket, stage: Stage) {
        if let Some(owed) = self.lock().of(ticket).filter(|owed| !matches!(owed.stage, Stage::Sent)) {
            owed.stage = stage;
        }
        self.changed.notify_all();
    }

    /// Sends a request to the upstream, unless it has ended or was sent before. A cancellation comes
    /// either before this or after it.
    pub(crate) fn send(&self, ticket: &Ticket, send: impl FnOnce()) {
        if let Some(owed) = self.lock().of(ticket).filter(|owed| !matches!(owed.stage, Stage::Sent)) {
            owed.stage = Stage::Sent;
            send();
        }
    }

    /// Ends a request by the guard's own answer, which is written before anyone can see it ended.
    pub(crate) fn close(&self, ticket: &Ticket, answer: impl FnOnce(Outlet)) {
        let mut table = self.lock();
        if table.of(ticket).is_some()
            && let Some(owed) = table.owed.remove(&ticket.key)
        {
            answer(owed.outlet);
        }
        self.changed.notify_all();
    }

    /// Ends a request by the upstream's answer. `false` when the upstream was never asked, has
    /// answered already, or the request was cancelled: such an answer is nobody's.
    pub(crate) fn answer(&self, id: &Id, answer: impl FnOnce(Owed)) -> bool {
        let mut table = self.lock();
        let key = id.key();
        let is_sent = table.owed.get(&key).is_some_and(|owed| matches!(owed.stage, Stage::Sent));
        if is_sent && let Some(owed) = table.owed.remove(&key) {
            answer(owed);
        }
        self.changed.notify_all();
        is_sent
    }

    /// Ends a request without an answer. `true` when the upstream has not heard of it, and never will.
    pub(crate) fn cancel(&self, id: &Id) -> bool {
        let owed = self.lock().owed.remove(&id.key());
        self.changed.notify_all();
        match owed.map(|owed| owed.stage) {
            Some(Stage::Scanned(gateway)) => {
                gateway.hang_up();
                true
            }
            Some(Stage::Held) => true,
            Some(Stage::Sent) | None => false,
        }
    }

    /// Ends every request that stands so.
    pub(crate) fn end_all(&self, ends: impl Fn(&Stage) -> bool, mut answer: impl FnMut(Owed)) {
        let mut table = self.lock();
        let (ended, stay) = std::mem::take(&mut table.owed).into_iter().partition(|(_, owed)| ends(&owed.stage));
        table.owed = stay;
        let ended: HashMap<String, Owed> = ended;
        ended.into_values().for_each(&mut answer);
        self.changed.notify_all();
    }

    /// Waits until none is left, save those that wait for a person.
    pub(crate) fn drain(&self, patience: Duration) {
        let works = |table: &mut Table| table.owed.values().any(|owed| !matches!(owed.stage, Stage::Held));
        let _ = self.changed.wait_timeout_while(self.lock(), patience, works);
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn of(&mut self, ticket: &Ticket) -> Option<&mut Owed> {
        self.owed.get_mut(&ticket.key).filter(|owed| owed.number == ticket.number)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;

    use super::*;
    use crate::config::tests::local;
    use crate::json::raw;

    fn scanned() -> Stage {
        Stage::Scanned(Gateway::new(Arc::new(local(&[]))))
    }

    #[test]
    fn a_request_is_sent_once_and_never_after_it_was_cancelled() {
        let (open, id, sent) = (Open::default(), Id(raw(7)), Cell::new(0));
        let send = |ticket: &Ticket| open.send(ticket, || sent.set(sent.get() + 1));
        for stage in [scanned(), Stage::Held] {
            let ticket = open.enter(&id, "tools/call", stage, &Outlet::stdout(|| {})).unwrap();
            assert!(open.enter(&id, "ping", Stage::Sent, &Outlet::stdout(|| {})).is_none());
            assert!(open.cancel(&id));
            let _again = open.enter(&id, "tools/call", scanned(), &Outlet::stdout(|| {})).unwrap();
            send(&ticket);
            assert_eq!(sent.get(), 0);
            assert!(open.cancel(&id));
        }
        let ticket = open.enter(&id, "tools/call", scanned(), &Outlet::stdout(|| {})).unwrap();
        send(&ticket);
        send(&ticket);
        assert_eq!(sent.get(), 1);
        assert!(!open.cancel(&id));
    }

    #[test]
    fn an_upstream_answers_only_what_it_was_asked_and_only_once() {
        let (open, id, answers) = (Open::default(), Id(raw("a")), Cell::new(0));
        let answer = || open.answer(&id, |_| answers.set(answers.get() + 1));
        let ticket = open.enter(&id, "tools/call", scanned(), &Outlet::stdout(|| {})).unwrap();
        assert!(!answer());
        open.set(&ticket, Stage::Held);
        assert!(!answer());
        open.send(&ticket, || {});
        assert!(answer());
        assert!(!answer());
        assert_eq!(answers.get(), 1);
    }

    #[test]
    fn nobody_waits_for_a_person_at_the_end() {
        let open = Open::default();
        let ticket = open.enter(&Id(raw(1)), "tools/call", Stage::Held, &Outlet::stdout(|| {})).unwrap();
        open.drain(Duration::from_secs(60));
        assert!(open.is_open(&ticket));
    }
}
