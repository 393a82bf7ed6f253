//! The requests that are not answered yet: whose id stands behind which number of ours, what each
//! holds, and which answers go out together. Never what a request asks.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::line;
use crate::answer::Answer;
use crate::frame::Id;
use crate::room::{Held, Share};

/// One line to the client, in the pieces that it is written of.
pub type Outgoing = Vec<Held<Bytes>>;

/// What answers a tool call in place of the library.
pub(super) type Slip = Arc<OnceLock<Held<Answer>>>;

/// Names a batch.
pub(super) type BatchNumber = u64;

/// So many requests that need no gateway may wait before no more lines are read.
const BEHIND: usize = 32;

/// All that is open.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    requests: HashMap<i64, Open>,
    ids: HashMap<Id, i64>,
    last_request: i64,
    /// How many of them are no tool calls.
    quick: usize,
    batches: HashMap<BatchNumber, Batch>,
    last_batch: BatchNumber,
}

/// A request that waits for its answer.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) id: Id,
    pub(super) slip: Slip,
    /// What a tool call holds until it is answered or cancelled; other requests hold nothing.
    pub(super) share: Option<Share>,
    /// The batch it came in.
    pub(super) batch: Option<BatchNumber>,
}

/// Answers that wait for others.
#[derive(Debug)]
struct Batch {
    /// What is still to come: one for each request, and one for the reader of the batch.
    due: usize,
    answers: Vec<Held<Bytes>>,
}

impl Ledger {
    /// The id belongs to a request that is not answered yet.
    pub(super) fn holds(&self, id: &Id) -> bool {
        self.ids.contains_key(id)
    }

    /// More requests wait that can be answered at once than should: the next line comes later.
    pub(super) const fn is_behind(&self) -> bool {
        self.quick >= BEHIND
    }

    /// The number of the next request.
    pub(super) const fn next(&self) -> i64 {
        self.last_request + 1
    }

    /// Takes a request in under the next number.
    pub(super) fn enter(&mut self, request: Open) {
        if let Some(batch) = request.batch.and_then(|batch| self.batches.get_mut(&batch)) {
            batch.due += 1;
        }
        self.quick += usize::from(request.share.is_none());
        self.last_request += 1;
        self.ids.insert(request.id.clone(), self.last_request);
        self.requests.insert(self.last_request, request);
    }

    /// Takes a request out that is to be answered now.
    pub(super) fn leave(&mut self, number: i64) -> Option<Open> {
        let request = self.requests.remove(&number)?;
        self.quick -= usize::from(request.share.is_none());
        self.ids.remove(&request.id);
        Some(request)
    }

    /// Takes a request out that nobody wants answered: its number, and what its batch waited for.
    pub(super) fn cancel(&mut self, id: &Id) -> Option<(i64, Option<Outgoing>)> {
        let number = *self.ids.get(id)?;
        let request = self.leave(number)?;
        Some((number, request.batch.and_then(|batch| self.settle(batch, None))))
    }

    /// A batch that is being read. It goes out no sooner than it is read to its end, which is told by
    /// [`Self::settle`] as well.
    pub(super) fn begin_batch(&mut self) -> BatchNumber {
        self.last_batch += 1;
        self.batches.insert(self.last_batch, Batch { due: 1, answers: Vec::new() });
        self.last_batch
    }

    /// Lays an answer of a batch aside that is none of an open request.
    pub(super) fn add(&mut self, batch: BatchNumber, answer: Bytes) {
        if let Some(batch) = self.batches.get_mut(&batch) {
            batch.answers.push(answer.into());
        }
    }

    /// Something that a batch waited for is over, with an answer or without; the last gives the line.
    /// A batch without an answer gives none (JSON-RPC 2.0, section 6).
    pub(super) fn settle(&mut self, number: BatchNumber, answer: Option<Held<Bytes>>) -> Option<Outgoing> {
        let batch = self.batches.get_mut(&number)?;
        batch.answers.extend(answer);
        batch.due -= 1;
        if batch.due > 0 {
            return None;
        }
        let answers = self.batches.remove(&number)?.answers;
        (!answers.is_empty()).then(|| line::array(&answers))
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.ids.is_empty() && self.batches.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> Id {
        Id::parse(text.as_bytes()).unwrap()
    }

    fn request(name: &str, batch: Option<BatchNumber>) -> Open {
        Open { id: id(name), slip: Slip::default(), share: None, batch }
    }

    fn answer(text: &'static str) -> Held<Bytes> {
        Bytes::from_static(text.as_bytes()).into()
    }

    fn text(line: Option<Outgoing>) -> Option<String> {
        Some(line?.iter().map(|piece| std::str::from_utf8(piece).unwrap().to_owned()).collect())
    }

    #[test]
    fn a_batch_goes_out_when_the_last_of_it_is_answered() {
        let mut ledger = Ledger::default();
        let batch = ledger.begin_batch();
        ledger.enter(request("1", Some(batch)));
        ledger.enter(request("2", Some(batch)));
        ledger.add(batch, Bytes::from_static(b"{a}\n"));
        assert_eq!(ledger.leave(2).unwrap().id, id("2"));
        assert_eq!(ledger.settle(batch, Some(answer("{b}\n"))), None, "it is not read to its end");
        assert_eq!(ledger.settle(batch, None), None, "one is open");
        assert!(ledger.holds(&id("1")) && !ledger.holds(&id("2")));
        ledger.leave(1).unwrap();
        assert_eq!(text(ledger.settle(batch, Some(answer("{c}\n")))).as_deref(), Some("[{a},{b},{c}]\n"));
        assert!(ledger.is_empty());
    }

    #[test]
    fn who_is_cancelled_is_not_waited_for() {
        let mut ledger = Ledger::default();
        let batch = ledger.begin_batch();
        ledger.enter(request("1", Some(batch)));
        ledger.enter(request("2", Some(batch)));
        ledger.add(batch, Bytes::from_static(b"{a}\n"));
        assert_eq!(ledger.settle(batch, None), None);
        assert_eq!(ledger.cancel(&id("3")), None);
        assert_eq!(ledger.cancel(&id("1")), Some((1, None)));
        let (number, line) = ledger.cancel(&id("2")).unwrap();
        assert_eq!((number, text(line).as_deref()), (2, Some("[{a}]\n")));
        assert!(ledger.is_empty());
    }

    #[test]
    fn what_is_answered_at_once_is_counted() {
        let mut ledger = Ledger::default();
        for number in 0..BEHIND {
            assert!(!ledger.is_behind());
            let share = crate::room::Room::new(1).try_take(1);
            ledger.enter(Open { share, ..request(&format!("\"call {number}\""), None) });
            ledger.enter(request(&number.to_string(), None));
        }
        assert!(ledger.is_behind());
        ledger.cancel(&id("\"call 0\"")).unwrap();
        assert!(ledger.is_behind());
        ledger.cancel(&id("0")).unwrap();
        assert!(!ledger.is_behind());
    }

    #[test]
    fn a_batch_that_asks_nothing_is_not_answered() {
        let mut ledger = Ledger::default();
        let batch = ledger.begin_batch();
        assert_eq!(ledger.settle(batch, None), None);
        assert!(ledger.is_empty());
    }
}
