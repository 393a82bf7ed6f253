//! What happened, written down as it happens: a request on its arrival, before any delay. Never a
//! key: the authorization header is replaced before it is written.

mod entry;
mod line;
mod tail;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::ops::RangeBounds;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Instant;

use bytes::Bytes;
use hyper::HeaderMap;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::api::Authorization;
use crate::clock::Moment;

pub use entry::{Decision, Entry, Filter, Unmet};
pub(crate) use line::{Line, pairs, text_or_hex};
pub(crate) use tail::Tail;

/// What stands in the place of the authorization header.
pub const REDACTED: &str = "[redacted]";

/// How many bytes of events are kept unless told otherwise; the oldest are forgotten first.
const KEPT_BYTES: usize = 32 * 1024 * 1024;

/// What is written down in the place of an answer that hands out a key.
const CONCEALED: &[u8] = br#"{"key":"[redacted]"}"#;

/// One thing that happened. `number` is the request's, from 1 in order of arrival; `at` is real
/// time.
#[derive(Debug, Clone)]
pub enum Event {
    /// A request was read.
    Arrived {
        /// The request's number.
        number: u64,
        /// When.
        at: Instant,
        /// When, in virtual time.
        time: Moment,
        /// The HTTP method.
        method: String,
        /// Path and query.
        path: String,
        /// The headers, with [`REDACTED`] for the authorization.
        headers: HeaderMap,
        /// What the authorization was worth.
        authorization: Authorization,
        /// The body; only its beginning when it was over the limit, or broke off.
        body: Bytes,
        /// How many bytes of body the client sent.
        length: u64,
    },
    /// It was decided what to answer.
    Decided {
        /// The request's number.
        number: u64,
        /// When.
        at: Instant,
        /// Who, what, and why not otherwise.
        decision: Box<Decision>,
    },
    /// The whole answer was handed to the socket.
    Answered {
        /// The request's number.
        number: u64,
        /// When.
        at: Instant,
        /// The HTTP status.
        status: u16,
        /// The whole body.
        body: Bytes,
    },
    /// The answer was broken, as the scenario says, and the connection ended.
    Broken {
        /// The request's number.
        number: u64,
        /// When.
        at: Instant,
        /// How many bytes of HTTP were handed to the socket.
        sent: u64,
    },
    /// The client hung up before the answer was complete, or was made to go.
    HungUp {
        /// The request's number.
        number: u64,
        /// When.
        at: Instant,
    },
}

impl Event {
    /// The number of the request that this is about.
    #[must_use]
    pub const fn number(&self) -> u64 {
        match self {
            Self::Arrived { number, .. }
            | Self::Decided { number, .. }
            | Self::Answered { number, .. }
            | Self::Broken { number, .. }
            | Self::HungUp { number, .. } => *number,
        }
    }

    /// When it happened, in real time.
    #[must_use]
    pub const fn at(&self) -> Instant {
        match self {
            Self::Arrived { at, .. }
            | Self::Decided { at, .. }
            | Self::Answered { at, .. }
            | Self::Broken { at, .. }
            | Self::HungUp { at, .. } => *at,
        }
    }

    /// What was decided, and about which request.
    fn decision(&self) -> Option<(u64, &Decision)> {
        match self {
            Self::Decided { number, decision, .. } => Some((*number, decision)),
            _ => None,
        }
    }

    /// Roughly what it costs to keep this; a map of headers and a short answer have room to spare.
    fn size(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Arrived { path, headers, body, .. } => path.len() + 512 + headers.len() * 160 + body.len(),
                Self::Answered { body, .. } => body.len().max(512),
                Self::Decided { .. } => size_of::<Decision>() + 128,
                Self::Broken { .. } | Self::HungUp { .. } => 0,
            }
    }
}

/// Which requests are given when there are more than are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Those that arrived first.
    First,
    /// Those that arrived last.
    Latest,
}

/// The record of one gateway. Clones are the same record.
#[derive(Debug, Clone, Default)]
pub struct Journal {
    pages: Arc<Mutex<Pages>>,
}

#[derive(Debug)]
struct Pages {
    requests: u64,
    /// How many events were ever written.
    written: u64,
    events: VecDeque<Event>,
    bytes: usize,
    limit: usize,
    forgotten: u64,
    /// Requests whose answers hand out a key.
    concealed: HashSet<u64>,
    followers: Vec<UnboundedSender<Event>>,
    /// Those who have read to the end and want to be told of more.
    waiting: Vec<Waker>,
}

impl Default for Pages {
    fn default() -> Self {
        Self {
            requests: 0,
            written: 0,
            events: VecDeque::new(),
            bytes: 0,
            limit: KEPT_BYTES,
            forgotten: 0,
            concealed: HashSet::new(),
            followers: Vec::new(),
            waiting: Vec::new(),
        }
    }
}

impl Journal {
    /// A journal that keeps so many bytes of events.
    pub(crate) fn keeping(limit: usize) -> Self {
        Self { pages: Arc::new(Mutex::new(Pages { limit, ..Pages::default() })) }
    }

    /// The requests that the filter admits, each with all that became of it, oldest first.
    #[must_use]
    pub fn query(&self, filter: &Filter) -> Vec<Entry> {
        self.page(filter, End::First, usize::MAX).0
    }

    /// At most `limit` of the requests that the filter admits, oldest first, and whether there are
    /// more. What is not given is not copied: the gateway answers nobody meanwhile.
    pub(crate) fn page(&self, filter: &Filter, end: End, limit: usize) -> (Vec<Entry>, bool) {
        let pages = self.pages();
        let asked = pages.events.iter().filter(|_| filter.asks_of_decisions());
        let decisions: HashMap<u64, &Decision> = asked.filter_map(Event::decision).collect();
        let admitted = |event: &&Event| match event {
            Event::Arrived { number, time, path, body, .. } => {
                filter.admits_arrival(*number, path, *time, body, decisions.get(number).copied())
            }
            _ => false,
        };
        let wanted = limit.saturating_add(1);
        let mut numbers: BTreeSet<u64> = match end {
            End::First => pages.events.iter().filter(admitted).take(wanted).map(Event::number).collect(),
            End::Latest => pages.events.iter().rev().filter(admitted).take(wanted).map(Event::number).collect(),
        };
        let more = numbers.len() > limit;
        if more {
            _ = match end {
                End::First => numbers.pop_last(),
                End::Latest => numbers.pop_first(),
            };
        }
        (Entry::gather(pages.events.iter().filter(|event| numbers.contains(&event.number()))), more)
    }

    /// How many requests the filter admits.
    #[must_use]
    pub fn count(&self, filter: &Filter) -> usize {
        self.query(filter).len()
    }

    /// The requests that the filter admits, when there are as many as expected: `2..=2`, `1..`.
    ///
    /// ```
    /// use mock_gateway::Filter;
    /// use mock_gateway::journal::Journal;
    ///
    /// let journal = Journal::default();
    /// let denied = Filter::scans().decision("DENY");
    /// assert_eq!(journal.count(&denied), 0);
    /// let unmet = journal.verify(&denied, 1..).unwrap_err();
    /// assert_eq!(unmet.to_string(), "expected at least 1 requests to /v1/scan decided DENY, saw 0");
    /// ```
    ///
    /// # Errors
    /// There are more or fewer; the error lists what arrived.
    pub fn verify(&self, filter: &Filter, expected: impl RangeBounds<usize>) -> Result<Vec<Entry>, Unmet> {
        let all = self.requests();
        let admitted: Vec<_> = all.iter().filter(|entry| filter.admits(entry)).cloned().collect();
        if expected.contains(&admitted.len()) {
            return Ok(admitted);
        }
        Err(Unmet::new(&expected, filter, admitted.len(), &all, self.forgotten()))
    }

    /// Everything that is kept, one JSON object a line.
    #[must_use]
    pub fn ndjson(&self) -> String {
        let events = self.entries();
        let started = events.first().map(Event::at);
        events.iter().map(|event| event.to_json(started.unwrap_or_else(|| event.at())) + "\n").collect()
    }

    fn requests(&self) -> Vec<Entry> {
        Entry::gather(self.pages().events.iter())
    }

    /// What happened so far, oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<Event> {
        self.pages().events.iter().cloned().collect()
    }

    /// What happened so far and everything that will.
    #[must_use]
    pub fn follow(&self) -> UnboundedReceiver<Event> {
        let (sender, receiver) = unbounded_channel();
        let mut pages = self.pages();
        for event in &pages.events {
            // The receiver stands right here, so nothing can be lost.
            let _sent = sender.send(event.clone());
        }
        pages.followers.push(sender);
        receiver
    }

    /// Forgets what is written down. Numbers go on, and followers get what comes.
    pub fn clear(&self) {
        let mut pages = self.pages();
        pages.events.clear();
        (pages.bytes, pages.forgotten) = (0, 0);
    }

    /// How many requests arrived, forgotten ones included.
    #[must_use]
    pub fn arrived(&self) -> u64 {
        self.pages().requests
    }

    /// How many events were forgotten because the record had grown past its bound: 32 MB,
    /// unless the builder was told otherwise.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.pages().forgotten
    }

    /// Numbers a request and writes down its arrival.
    pub(crate) fn arrive(&self, arrival: impl FnOnce(u64) -> Event) -> u64 {
        let mut pages = self.pages();
        pages.requests += 1;
        let number = pages.requests;
        pages.write(arrival(number));
        number
    }

    /// The answer to this request hands out a key, and shall not be written down.
    pub(crate) fn conceal(&self, number: u64) {
        self.pages().concealed.insert(number);
    }

    /// Writes down what became of a request.
    pub(crate) fn write(&self, event: Event) {
        self.pages().write(event);
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        // Nothing is left half done where this lock is held, so a panic elsewhere does not spoil it.
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    /// How many events lie before the first that is kept.
    fn first(&self) -> u64 {
        self.written - self.events.len() as u64
    }

    fn write(&mut self, mut event: Event) {
        if !self.concealed.is_empty() {
            self.keep_secret(&mut event);
        }
        self.followers.retain(|follower| follower.send(event.clone()).is_ok());
        self.bytes += event.size();
        self.events.push_back(event);
        self.written += 1;
        self.waiting.drain(..).for_each(Waker::wake);
        while self.bytes > self.limit
            && let Some(oldest) = self.events.pop_front()
        {
            self.bytes -= oldest.size();
            self.forgotten += 1;
        }
    }

    fn keep_secret(&mut self, event: &mut Event) {
        match event {
            Event::Answered { number, body, .. } if self.concealed.remove(number) => {
                *body = Bytes::from_static(CONCEALED);
            }
            Event::Broken { number, .. } | Event::HungUp { number, .. } => _ = self.concealed.remove(number),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::clock::Clock;
    use crate::engine::{Choice, Decider};

    use super::*;

    fn arrived(journal: &Journal, path: &str) -> u64 {
        journal.arrive(|number| Event::Arrived {
            number,
            at: Instant::now(),
            time: Clock::frozen().now().virtual_time,
            method: "POST".to_owned(),
            path: path.to_owned(),
            headers: HeaderMap::new(),
            authorization: Authorization::Right,
            body: Bytes::from_static(br#"{"tool_name":"slack"}"#),
            length: 21,
        })
    }

    fn decided(journal: &Journal, number: u64, status: u16) {
        let (by, choice) = (Decider::BuiltIn, Choice::Status(status));
        let decision = Box::new(Decision { by, choice, trace: None, approval: None, reply: None, miss: None });
        journal.write(Event::Decided { number, at: Instant::now(), decision });
    }

    #[test]
    fn a_page_has_the_first_or_the_latest_and_each_with_all_that_became_of_it() {
        let journal = Journal::default();
        let numbers: Vec<_> = (0..6).map(|turn| arrived(&journal, ["/v1/scan?q", "/health"][turn % 2])).collect();
        numbers.iter().rev().for_each(|number| decided(&journal, *number, if *number < 5 { 200 } else { 503 }));
        let page = |filter: Filter, end, limit| {
            let (entries, more) = journal.page(&filter, end, limit);
            assert!(entries.iter().all(|entry| entry.decision.is_some()), "{entries:?}");
            (entries.iter().map(|entry| entry.number).collect::<Vec<_>>(), more)
        };
        assert_eq!(page(Filter::all(), End::First, 2), (vec![1, 2], true));
        assert_eq!(page(Filter::all(), End::Latest, 2), (vec![5, 6], true));
        assert_eq!(page(Filter::all(), End::Latest, 6), (vec![1, 2, 3, 4, 5, 6], false));
        assert_eq!(page(Filter::scans(), End::Latest, 2), (vec![3, 5], true));
        assert_eq!(page(Filter::all().decision("503"), End::First, 9), (vec![5, 6], false));
        assert_eq!(page(Filter::scans().decision("200").tool_name("slack").after(1), End::First, 9), (vec![3], false));
        assert_eq!(page(Filter::all().tool_name("mail"), End::Latest, 1), (vec![], false));
    }

    #[test]
    fn the_oldest_is_forgotten_and_said_so_but_a_follower_gets_everything() {
        let journal = Journal::default();
        let mut events = journal.follow();
        let body = Bytes::from(vec![b'x'; 1024 * 1024]);
        for number in 1..=70 {
            journal.write(Event::Answered { number, at: Instant::now(), status: 200, body: body.clone() });
        }
        let kept = journal.entries();
        assert_eq!((kept.len() as u64 + journal.forgotten(), kept.last().map(Event::number)), (70, Some(70)));
        assert!((28..32).contains(&kept.len()), "{}", kept.len());
        assert_eq!(std::iter::from_fn(|| events.try_recv().ok()).count(), 70);
    }
}
