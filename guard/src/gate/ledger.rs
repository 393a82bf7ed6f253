//! The requests that are not answered yet: whose id stands behind which number of ours, and what each
//! holds. Never what a request asks.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::answer::Answer;
use crate::batch::{BatchNumber, Batches, Outgoing};
use crate::frame::Id;
use crate::room::{Held, Share};

/// What answers a tool call in place of the library.
pub(super) type Slip = Arc<OnceLock<Held<Answer>>>;

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
    pub(super) batches: Batches,
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
        if let Some(batch) = request.batch {
            self.batches.join(batch);
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
        Some((number, request.batch.and_then(|batch| self.batches.settle(batch, None))))
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.ids.is_empty() && self.batches.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

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
        let batch = ledger.batches.begin();
        ledger.enter(request("1", Some(batch)));
        ledger.enter(request("2", Some(batch)));
        ledger.batches.add(batch, Bytes::from_static(b"{a}\n"));
        assert_eq!(ledger.leave(2).unwrap().id, id("2"));
        assert_eq!(ledger.batches.settle(batch, Some(answer("{b}\n"))), None, "it is not read to its end");
        assert_eq!(ledger.batches.settle(batch, None), None, "one is open");
        assert!(ledger.holds(&id("1")) && !ledger.holds(&id("2")));
        ledger.leave(1).unwrap();
        assert_eq!(text(ledger.batches.settle(batch, Some(answer("{c}\n")))).as_deref(), Some("[{a},{b},{c}]\n"));
        assert!(ledger.is_empty());
    }

    #[test]
    fn who_is_cancelled_is_not_waited_for() {
        let mut ledger = Ledger::default();
        let batch = ledger.batches.begin();
        ledger.enter(request("1", Some(batch)));
        ledger.enter(request("2", Some(batch)));
        ledger.batches.add(batch, Bytes::from_static(b"{a}\n"));
        assert_eq!(ledger.batches.settle(batch, None), None);
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
}
