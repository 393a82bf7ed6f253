//! The requests that are not answered yet, and what is known of each: whether the server has it, who
//! waits for it, what is due when its answer comes. Never what a request asks.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::intercept::{Consent, Reading};
use super::terms::{Offer, Terms};
use crate::batch::{BatchNumber, Batches, Outgoing};
use crate::frame::Id;
use crate::room::{Held, Share};

/// Tasks whose results are still to be reported; of more, the oldest are forgotten.
const MOST_TASKS: usize = 1024;

/// The longest name of a task that is remembered, in bytes.
const LONGEST_TASK: usize = 1024;

/// All that is open.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    open: HashMap<Id, Open>,
    last: u64,
    pub(super) batches: Batches,
    pub(super) terms: Terms,
    /// What we asked the client, and who waits for the answer.
    pub(super) questions: HashMap<Id, oneshot::Sender<Consent>>,
    /// The tasks that calls became, and the traces of these calls.
    tasks: VecDeque<(String, Bytes)>,
}

/// A request that is not answered.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) reading: Reading,
    pub(super) batch: Option<BatchNumber>,
    pub(super) share: Share,
    pub(super) stage: Stage,
    number: u64,
}

/// Where a request is.
#[derive(Debug)]
pub(super) enum Stage {
    /// With us; nothing of it has reached the server.
    Judged(AbortHandle),
    /// With the server.
    Sent(Due),
}

/// What is to be done with an answer besides handing it on.
#[derive(Debug, Clone)]
pub(super) enum Due {
    Nothing,
    /// None will come before the client leaves.
    Nobody,
    /// The session opens with it.
    Opening(Offer),
    /// It is reported under this trace.
    Report(Bytes),
}

/// What a cancelled request was.
#[derive(Debug)]
pub(super) enum Cancelled {
    /// The server never heard of it; perhaps its batch is over now.
    Ours(Option<Outgoing>),
    /// The server has it, or never had.
    Theirs(Option<Outgoing>),
}

impl Ledger {
    pub(super) fn holds(&self, id: &Id) -> bool {
        self.open.contains_key(id)
    }

    /// Nothing is open but what stays open as long as a client listens.
    pub(super) fn is_quiet(&self) -> bool {
        self.open.values().all(|open| matches!(open.stage, Stage::Sent(Due::Nobody)))
    }

    /// Takes a request in.
    pub(super) fn enter(&mut self, id: Id, reading: Reading, batch: Option<BatchNumber>, share: Share, stage: Stage) {
        if let Some(batch) = batch {
            self.batches.join(batch);
        }
        self.last += 1;
        self.open.insert(id, Open { reading, batch, share, stage, number: self.last });
    }

    /// A judged call goes to the server now, unless it has been cancelled.
    pub(super) fn send(&mut self, id: &Id, due: Due, least: usize) -> bool {
        let Some(open) = self.open.get_mut(id) else { return false };
        open.stage = Stage::Sent(due);
        open.share.shrink(least);
        true
    }

    /// Takes a request out that the server has answered; nothing else may it answer.
    pub(super) fn answered(&mut self, id: &Id) -> Option<Open> {
        match self.open.get(id)?.stage {
            Stage::Sent(_) => self.open.remove(id),
            Stage::Judged(_) => None,
        }
    }

    /// The line that answers a request of ours, now that it is over; nothing where it was cancelled, or
    /// where others of its batch are waited for.
    pub(super) fn settle(&mut self, id: &Id, answer: Bytes) -> Option<Outgoing> {
        let open = self.open.remove(id)?;
        self.out(open.batch, answer.into())
    }

    /// An answer, or the batch that it was the last of.
    pub(super) fn out(&mut self, batch: Option<BatchNumber>, answer: Held<Bytes>) -> Option<Outgoing> {
        match batch {
            Some(batch) => self.batches.settle(batch, Some(answer)),
            None => Some(vec![answer]),
        }
    }

    /// Takes a request out that nobody wants answered.
    pub(super) fn cancel(&mut self, id: &Id) -> Cancelled {
        let Some(open) = self.open.remove(id) else { return Cancelled::Theirs(None) };
        let line = open.batch.and_then(|batch| self.batches.settle(batch, None));
        match open.stage {
            Stage::Judged(task) => {
                task.abort();
                Cancelled::Ours(line)
            }
            Stage::Sent(_) => Cancelled::Theirs(line),
        }
    }

    /// Takes everything out, in the order it came in; no call is judged any more.
    pub(super) fn close(&mut self) -> Vec<(Id, Open)> {
        let mut open: Vec<_> = self.open.drain().collect();
        open.sort_by_key(|(_, open)| open.number);
        for (_, open) in &open {
            if let Stage::Judged(task) = &open.stage {
                task.abort();
            }
        }
        open
    }

    /// A call became a task; its result will come to whoever asks for it.
    pub(super) fn remember_task(&mut self, task: String, trace: Bytes) {
        if task.len() > LONGEST_TASK {
            return;
        }
        if self.tasks.len() == MOST_TASKS {
            self.tasks.pop_front();
        }
        self.tasks.push_back((task, trace));
    }

    /// The trace of the call that became this task; its result is asked for now.
    pub(super) fn recall_task(&self, task: &str) -> Option<Bytes> {
        self.tasks.iter().find_map(|(known, trace)| (known == task).then(|| trace.clone()))
    }

    /// The result of a task was reported; it is not reported twice.
    pub(super) fn forget_task(&mut self, trace: &Bytes) {
        self.tasks.retain(|(_, known)| known != trace);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::Room;

    fn id(text: &str) -> Id {
        Id::parse(text.as_bytes()).unwrap()
    }

    /// A ledger with a call that is judged (1) and a request that the server has (2), in one batch or
    /// each alone.
    fn ledger(batched: bool) -> Ledger {
        let mut ledger = Ledger::default();
        let batch = batched.then(|| ledger.batches.begin());
        let room = Room::new(10);
        let share = || room.try_take(1).unwrap();
        let judged = Stage::Judged(tokio::spawn(std::future::pending::<()>()).abort_handle());
        ledger.enter(id("1"), Reading::Session, batch, share(), judged);
        ledger.enter(id("2"), Reading::Session, batch, share(), Stage::Sent(Due::Nothing));
        if let Some(batch) = batch {
            assert_eq!(ledger.batches.settle(batch, None), None);
        }
        ledger
    }

    fn text(line: Option<Outgoing>) -> Option<String> {
        Some(line?.iter().map(|piece| std::str::from_utf8(piece).unwrap().to_owned()).collect())
    }

    #[tokio::test]
    async fn only_what_the_server_has_can_it_answer() {
        let mut ledger = ledger(false);
        assert!(ledger.answered(&id("1")).is_none() && ledger.answered(&id("3")).is_none());
        assert!(ledger.answered(&id("2")).is_some() && ledger.answered(&id("2")).is_none());
        assert!(ledger.send(&id("1"), Due::Nothing, 0));
        assert!(ledger.answered(&id("1")).is_some() && ledger.is_quiet());
    }

    #[tokio::test]
    async fn what_is_cancelled_is_neither_sent_nor_answered() {
        let mut ledger = ledger(false);
        assert!(matches!(ledger.cancel(&id("1")), Cancelled::Ours(None)));
        assert!(!ledger.send(&id("1"), Due::Nothing, 0));
        assert_eq!(ledger.settle(&id("1"), Bytes::from_static(b"{}\n")), None);
        assert!(matches!(ledger.cancel(&id("2")), Cancelled::Theirs(None)));
        assert!(matches!(ledger.cancel(&id("3")), Cancelled::Theirs(None)));
        assert!(ledger.is_quiet() && ledger.close().is_empty());
    }

    #[tokio::test]
    async fn a_batch_waits_for_all_that_is_not_cancelled() {
        let mut ledger = ledger(true);
        assert_eq!(ledger.settle(&id("1"), Bytes::from_static(b"{a}\n")), None);
        let open = ledger.answered(&id("2")).unwrap();
        let line = ledger.out(open.batch, Bytes::from_static(b"{b}\n").into());
        assert_eq!(text(line).as_deref(), Some("[{a},{b}]\n"));
        let mut ledger = self::ledger(true);
        assert_eq!(ledger.settle(&id("1"), Bytes::from_static(b"{a}\n")), None);
        let Cancelled::Theirs(line) = ledger.cancel(&id("2")) else { panic!("the server has it") };
        assert_eq!(text(line).as_deref(), Some("[{a}]\n"));
    }

    #[tokio::test]
    async fn all_is_given_up_in_the_order_it_came() {
        let mut ledger = ledger(false);
        let ids: Vec<_> = ledger.close().into_iter().map(|(id, _)| id).collect();
        assert_eq!((ids, ledger.is_quiet()), (vec![id("1"), id("2")], true));
    }

    #[test]
    fn only_so_many_tasks_are_remembered() {
        let mut ledger = Ledger::default();
        for task in 0..=MOST_TASKS {
            ledger.remember_task(task.to_string(), task.to_string().into());
        }
        assert_eq!(ledger.recall_task("0"), None);
        assert_eq!(ledger.recall_task("1").as_deref(), Some(&b"1"[..]));
        let long = "x".repeat(LONGEST_TASK + 1);
        ledger.remember_task(long.clone(), Bytes::new());
        assert_eq!(ledger.recall_task(&long), None);
        ledger.forget_task(&Bytes::from_static(b"1"));
        assert_eq!(ledger.recall_task("1"), None);
    }
}
