//! Answers that go out together: a batch is answered with one line, when the last of it is answered
//! (MCP 2025-03-26, basic, "Batching"). Never what its messages ask.

use std::collections::HashMap;

use bytes::Bytes;

use crate::room::Held;

/// One line, in the pieces that it is written of.
pub type Outgoing = Vec<Held<Bytes>>;

/// Names a batch.
pub type BatchNumber = u64;

/// The batches that are not answered yet.
#[derive(Debug, Default)]
pub struct Batches {
    open: HashMap<BatchNumber, Batch>,
    last: BatchNumber,
}

#[derive(Debug)]
struct Batch {
    /// What is still to come: one for each request, and one for the reader of the batch.
    due: usize,
    answers: Vec<Held<Bytes>>,
}

impl Batches {
    /// A batch that is being read. It goes out no sooner than it is read to its end, which is told by
    /// [`Self::settle`] as well.
    pub fn begin(&mut self) -> BatchNumber {
        self.last += 1;
        self.open.insert(self.last, Batch { due: 1, answers: Vec::new() });
        self.last
    }

    /// One more answer is waited for.
    pub fn join(&mut self, batch: BatchNumber) {
        if let Some(batch) = self.open.get_mut(&batch) {
            batch.due += 1;
        }
    }

    /// Lays an answer aside that nobody waits for.
    pub fn add(&mut self, batch: BatchNumber, answer: Bytes) {
        if let Some(batch) = self.open.get_mut(&batch) {
            batch.answers.push(answer.into());
        }
    }

    /// Something that a batch waited for is over, with an answer (a whole line) or without; the last
    /// gives the line. A batch without an answer gives none (JSON-RPC 2.0, section 6).
    pub fn settle(&mut self, number: BatchNumber, answer: Option<Held<Bytes>>) -> Option<Outgoing> {
        let batch = self.open.get_mut(&number)?;
        batch.answers.extend(answer);
        batch.due -= 1;
        if batch.due > 0 {
            return None;
        }
        let answers = self.open.remove(&number)?.answers;
        (!answers.is_empty()).then(|| array(&answers))
    }

    /// No batch waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }
}

/// Several whole lines as one.
fn array(lines: &[Held<Bytes>]) -> Outgoing {
    let mut pieces = Vec::with_capacity(2 * lines.len() + 1);
    for (index, line) in lines.iter().enumerate() {
        pieces.push(Bytes::from_static(if index == 0 { b"[" } else { b"," }).into());
        pieces.push(line.map(|line| line.slice(..line.len() - 1)));
    }
    pieces.push(Bytes::from_static(b"]\n").into());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_that_asks_nothing_is_not_answered() {
        let mut batches = Batches::default();
        let batch = batches.begin();
        assert_eq!(batches.settle(batch, None), None);
        assert!(batches.is_empty());
    }

    #[test]
    fn a_batch_is_one_line_of_all_its_answers() {
        let mut batches = Batches::default();
        let batch = batches.begin();
        batches.join(batch);
        batches.add(batch, Bytes::from_static(b"{a}\n"));
        assert_eq!(batches.settle(batch, None), None);
        let line = batches.settle(batch, Some(Bytes::from_static(b"{b}\n").into())).unwrap();
        assert_eq!(line.iter().map(|piece| std::str::from_utf8(piece).unwrap()).collect::<String>(), "[{a},{b}]\n");
    }
}
