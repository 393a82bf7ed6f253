//! Text that was read from one host and is about to be written to another: what responses held is
//! remembered as fingerprints, never as text. Pure; what is done about an overlap is for rules.

mod content;
mod encoded;
mod letters;
mod winnow;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt;
use std::time::Duration;

use crate::api::{Key, Scan, ScanResponse};
use crate::clock::Moment;
use crate::fidelity::{Behaviour, Mark};

pub use content::Content;
use content::Stretch;

pub(crate) const BEHAVIOURS: &[Behaviour] = &[
    Behaviour::new(
        "correlate.egress",
        Mark::Seed,
        "a write to another host than the one it was read from is flagged when it overlaps with an earlier response",
    ),
    Behaviour::new(
        "correlate.least",
        Mark::Assumed,
        "64 letters and digits of one response in a row are an overlap; case, white space, punctuation, key order and encoding do not count",
    ),
    Behaviour::new(
        "correlate.write",
        Mark::Assumed,
        "a write is any method but GET, HEAD and OPTIONS, or any scheme but http and https; its body and its URL past the host are looked at",
    ),
    Behaviour::new(
        "correlate.memory",
        Mark::Assumed,
        "responses are remembered for an hour, the last 128 of each key and agent; one of an unknown trace counts against every agent of its key",
    ),
    Behaviour::new(
        "correlate.boilerplate",
        Mark::Assumed,
        "what one agent has read from three hosts or more is boilerplate and no overlap",
    ),
];

/// How many letters and digits of a response in a row make an overlap: a long sentence.
pub const LEAST: usize = 64;

/// How long a response is remembered.
const AGE: Duration = Duration::from_secs(3_600);

/// How many responses of one key and agent are remembered.
const READS: usize = 128;

/// How many fingerprints are remembered in all: 8 MB of them.
const PRINTS: usize = 1 << 20;

/// How many scans are remembered for the responses that may follow.
const TRACES: usize = 4_096;

/// From how many hosts the same text must have come to be boilerplate.
const COMMON: usize = 3;

/// What a write has in common with an earlier response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// The trace under which it was read.
    pub trace_id: String,
    /// The host that it was read from; `None` when the trace was never given out.
    pub host: Option<String>,
    /// How many letters and digits of the write, in a row, were read there: at least, for a few at both
    /// ends may be missed.
    pub letters: usize,
    /// How many letters and digits the write has, in the form in which they were found.
    pub of: usize,
}

impl Overlap {
    /// Whether it is long enough to be no accident.
    #[must_use]
    pub const fn is_enough(&self) -> bool {
        self.letters >= LEAST
    }

    /// From 0.5 to 1, by the part of the write that was read.
    #[must_use]
    pub fn score(&self) -> f64 {
        let percent = (100 * self.letters).checked_div(self.of).unwrap_or(0).min(100);
        f64::from(u32::try_from(percent).unwrap_or(100)).midpoint(100.0) / 100.0
    }
}

impl fmt::Display for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trace_id, host, letters, of } = self;
        write!(f, "at least {letters} of {of} letters and digits, in a row, were read")?;
        if let Some(host) = host {
            write!(f, " from {host}")?;
        }
        write!(f, " in trace {trace_id}")
    }
}

/// What was read, and by which scans it may have been.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    traces: VecDeque<Trace>,
    reads: VecDeque<Read>,
    prints: usize,
}

/// A scan that a response may follow.
#[derive(Debug)]
struct Trace {
    id: String,
    key: Option<Key>,
    origin: Origin,
}

/// Who called, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Origin {
    agent: [Option<String>; 2],
    host: String,
}

/// A response.
#[derive(Debug)]
struct Read {
    trace_id: String,
    key: Option<Key>,
    origin: Option<Origin>,
    at: Moment,
    content: Content,
}

impl Read {
    /// Whether the scan could carry this to where it did not come from.
    fn concerns(&self, key: Option<&Key>, scan: &Scan, now: Moment) -> bool {
        self.key.as_ref() == key
            && now.since(self.at) < AGE
            && self
                .origin
                .as_ref()
                .is_none_or(|origin| origin.agent == scan.agent && !origin.host.eq_ignore_ascii_case(scan.host()))
    }
}

impl Memory {
    /// Remembers who asked for a trace.
    pub(crate) fn scanned(&mut self, key: Option<&Key>, scan: &Scan, trace_id: &str) {
        if self.traces.len() == TRACES {
            self.traces.pop_front();
        }
        let origin = Origin { agent: scan.agent.clone(), host: scan.host().to_owned() };
        self.traces.push_back(Trace { id: trace_id.to_owned(), key: key.cloned(), origin });
    }

    /// Remembers a response; the oldest ones make room for it.
    pub(crate) fn responded(&mut self, key: Option<&Key>, response: &ScanResponse, now: Moment) {
        let trace = self.traces.iter().rev().find(|trace| trace.id == response.trace_id && trace.key.as_ref() == key);
        let read = Read {
            trace_id: response.trace_id.clone(),
            key: key.cloned(),
            origin: trace.map(|trace| trace.origin.clone()),
            at: now,
            content: response.content.clone(),
        };
        let agent = |read: &Read| read.origin.as_ref().map(|origin| origin.agent.clone());
        let of_the_same = |old: &Read| old.key == read.key && agent(old) == agent(&read);
        // What is polled must not drive out what was read once.
        self.reads.retain(|old| {
            now.since(old.at) < AGE && !(of_the_same(old) && old.origin == read.origin && old.content == read.content)
        });
        if self.reads.iter().filter(|old| of_the_same(old)).count() == READS
            && let Some(oldest) = self.reads.iter().position(of_the_same)
        {
            self.reads.remove(oldest);
        }
        self.reads.push_back(read);
        self.prints = self.reads.iter().map(|read| read.content.prints().len()).sum();
        while self.prints > PRINTS
            && let Some(oldest) = self.reads.pop_front()
        {
            self.prints -= oldest.content.prints().len();
        }
    }

    /// What a scan that writes has most in common with, however little: of two that are equal the later one.
    pub(crate) fn overlap(&self, key: Option<&Key>, scan: &Scan, now: Moment) -> Option<Overlap> {
        // A link is found in one response and followed to another host: reading is not carrying out.
        if !writes(scan) {
            return None;
        }
        let reads: Vec<&Read> = self.reads.iter().filter(|read| read.concerns(key, scan, now)).collect();
        if reads.is_empty() {
            return None;
        }
        let stretches = content::of_scan(scan);
        stretches.iter().filter_map(|stretch| best(stretch, &reads)).max_by_key(|overlap| overlap.letters)
    }
}

/// The read that has most in common with a stretch of text.
fn best(stretch: &Stretch, reads: &[&Read]) -> Option<Overlap> {
    let shared: Vec<(&Read, Vec<u64>)> = reads
        .iter()
        .map(|read| (*read, stretch.shared(read.content.prints())))
        .filter(|(_, shared)| !shared.is_empty())
        .collect();
    let common = common(&shared);
    let overlap = |(read, mut shared): (&Read, Vec<u64>)| {
        shared.retain(|print| !common.contains(print));
        Overlap {
            trace_id: read.trace_id.clone(),
            host: read.origin.as_ref().map(|origin| origin.host.clone()),
            letters: stretch.longest(&shared),
            of: stretch.letters(),
        }
    };
    shared.into_iter().map(overlap).filter(|overlap| overlap.letters > 0).max_by_key(|overlap| overlap.letters)
}

/// What has come from so many hosts that it is nobody's.
fn common(shared: &[(&Read, Vec<u64>)]) -> HashSet<u64> {
    let mut by_host: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for (read, shared) in shared {
        if let Some(origin) = &read.origin {
            by_host.entry(&origin.host).or_default().extend(shared);
        }
    }
    if by_host.len() < COMMON {
        return HashSet::new();
    }
    let mut hosts: HashMap<u64, usize> = HashMap::new();
    by_host.into_values().flatten().for_each(|print| *hosts.entry(print).or_default() += 1);
    hosts.into_iter().filter(|(_, hosts)| *hosts >= COMMON).map(|(print, _)| print).collect()
}

/// Whether the call carries something out.
fn writes(scan: &Scan) -> bool {
    let scheme = scan.url.split_once("://").map_or("", |(scheme, _)| scheme);
    let is_one = |words: &[&str], word: &str| words.iter().any(|one| one.eq_ignore_ascii_case(word));
    !is_one(&["http", "https"], scheme) || !is_one(&["GET", "HEAD", "OPTIONS"], &scan.method)
}

#[cfg(test)]
mod tests;
