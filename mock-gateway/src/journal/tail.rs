//! The record read as it grows, by a reader who may be slow: it keeps its place and nothing else, so
//! that it costs no memory, and is told of what was forgotten before it came to it.

use std::task::{Context, Poll};

use super::{Event, Journal};

/// How many bytes of events are read at once; a single event may be larger.
const READ_BYTES: usize = 256 * 1024;

/// A place in the record of one gateway.
#[derive(Debug)]
pub(crate) struct Tail {
    journal: Journal,
    /// How many events lie before it, forgotten ones included.
    place: u64,
}

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// How many events were forgotten before they could be read.
    pub(crate) lost: u64,
    /// The next events.
    pub(crate) events: Vec<Event>,
}

impl Tail {
    /// The beginning of what is kept.
    pub(crate) fn of(journal: Journal) -> Self {
        let place = journal.pages().first();
        Self { journal, place }
    }

    /// What comes next, as soon as there is something.
    pub(crate) fn poll_read(&mut self, context: &Context<'_>) -> Poll<Read> {
        let mut pages = self.journal.pages();
        let first = pages.first();
        let lost = first.saturating_sub(self.place);
        self.place = self.place.max(first);
        let skipped = usize::try_from(self.place - first).unwrap_or(usize::MAX);
        let mut bytes = 0;
        let fits = |event: &&Event| {
            let fits = bytes < READ_BYTES;
            bytes += event.size();
            fits
        };
        let events: Vec<_> = pages.events.iter().skip(skipped).take_while(fits).cloned().collect();
        self.place += events.len() as u64;
        if lost == 0 && events.is_empty() {
            if !pages.waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                pages.waiting.push(context.waker().clone());
            }
            return Poll::Pending;
        }
        Poll::Ready(Read { lost, events })
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;
    use std::time::Instant;

    use bytes::Bytes;

    use super::*;

    fn write(journal: &Journal, numbers: std::ops::RangeInclusive<u64>, bytes: usize) {
        for number in numbers {
            let body = Bytes::from(vec![b'x'; bytes]);
            journal.write(Event::Answered { number, at: Instant::now(), status: 200, body });
        }
    }

    fn read(tail: &mut Tail) -> Option<(u64, Vec<u64>)> {
        match tail.poll_read(&Context::from_waker(Waker::noop())) {
            Poll::Ready(Read { lost, events }) => Some((lost, events.iter().map(Event::number).collect())),
            Poll::Pending => None,
        }
    }

    #[test]
    fn a_slow_reader_is_told_what_it_missed_and_holds_nothing() {
        let journal = Journal::keeping(64 * 1024);
        let mut tail = Tail::of(journal.clone());
        assert_eq!(read(&mut tail), None);
        write(&journal, 1..=3, 10);
        assert_eq!(read(&mut tail), Some((0, vec![1, 2, 3])));
        assert_eq!(read(&mut tail), None);
        write(&journal, 4..=23, 10_000);
        let (lost, numbers) = read(&mut tail).expect("something was written");
        assert_eq!((lost + numbers.len() as u64, numbers.last()), (20, Some(&23)));
        assert!(lost >= 13, "{lost}");
        assert_eq!(read(&mut tail), None);
        write(&journal, 24..=25, 10);
        journal.clear();
        write(&journal, 26..=26, 10);
        assert_eq!(read(&mut tail), Some((2, vec![26])), "what was cleared is lost too");
    }

    #[test]
    fn what_is_read_at_once_has_a_bound() {
        let journal = Journal::default();
        let mut tail = Tail::of(journal.clone());
        write(&journal, 1..=3, READ_BYTES);
        assert_eq!(read(&mut tail), Some((0, vec![1])));
        assert_eq!(read(&mut tail), Some((0, vec![2])));
    }
}
