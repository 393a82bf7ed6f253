//! One request with all that became of it, and the questions that can be asked about requests.
//! Only reading; the writing is the parent's.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use hyper::HeaderMap;

use super::Event;
use crate::api::Authorization;
use crate::clock::Moment;
use crate::engine::{Choice, Decider, Miss};
use crate::json::Json;
use crate::scenario::Reply;

/// One request.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its number, from 1 in order of arrival.
    pub number: u64,
    /// When it arrived.
    pub at: Instant,
    /// When it arrived, in virtual time.
    pub time: Moment,
    /// The HTTP method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The headers, the authorization left out.
    pub headers: HeaderMap,
    /// What the authorization was worth.
    pub authorization: Authorization,
    /// The body, or its beginning.
    pub body: Bytes,
    /// How many bytes of body the client sent.
    pub length: u64,
    /// What was decided, once it is.
    pub decision: Option<Decision>,
    /// Status and body, once they left.
    pub answer: Option<(u16, Bytes)>,
    /// How many bytes left of an answer that was broken.
    pub broken: Option<u64>,
    /// Whether the client hung up before the answer was complete, or was made to go.
    pub hung_up: bool,
}

/// What was decided about a request.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Who decided.
    pub by: Decider,
    /// What, in one word.
    pub choice: Choice,
    /// The trace that it belongs to.
    pub trace: Option<String>,
    /// The approval that it waits for.
    pub approval: Option<String>,
    /// The reply behind it.
    pub reply: Option<Arc<Reply>>,
    /// The rule that came nearest, where none was met.
    pub miss: Option<Miss>,
}

/// What, by whom, and why not otherwise.
impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by, choice, miss, reply, .. } = self;
        write!(f, "{choice}")?;
        let fault = reply.as_ref().and_then(|reply| reply.fault());
        if let Some(fault) = fault.filter(|_| !matches!(choice, Choice::Wire(_))) {
            write!(f, ", {fault}")?;
        }
        write!(f, " ({by})")?;
        miss.as_ref().map_or(Ok(()), |miss| write!(f, ", {miss}"))
    }
}

impl Entry {
    /// The requests that these events are about. What arrived before the first event is left out.
    pub(super) fn gather<'a>(events: impl Iterator<Item = &'a Event>) -> Vec<Self> {
        let mut entries = BTreeMap::new();
        for event in events {
            match event {
                Event::Arrived { number, at, time, method, path, headers, authorization, body, length } => {
                    let entry = Self {
                        number: *number,
                        at: *at,
                        time: *time,
                        method: method.clone(),
                        path: path.clone(),
                        headers: headers.clone(),
                        authorization: *authorization,
                        body: body.clone(),
                        length: *length,
                        decision: None,
                        answer: None,
                        broken: None,
                        hung_up: false,
                    };
                    entries.insert(*number, entry);
                }
                Event::Decided { number, decision, .. } => {
                    if let Some(entry) = entries.get_mut(number) {
                        entry.decision = Some((**decision).clone());
                    }
                }
                Event::Answered { number, status, body, .. } => {
                    if let Some(entry) = entries.get_mut(number) {
                        entry.answer = Some((*status, body.clone()));
                    }
                }
                Event::Broken { number, sent, .. } => {
                    if let Some(entry) = entries.get_mut(number) {
                        entry.broken = Some(*sent);
                    }
                }
                Event::HungUp { number, .. } => {
                    if let Some(entry) = entries.get_mut(number) {
                        entry.hung_up = true;
                    }
                }
            }
        }
        entries.into_values().collect()
    }

    /// The tool that a scan names.
    #[must_use]
    pub fn tool_name(&self) -> Option<String> {
        tool_name(&self.body)
    }

    /// The path, without its query.
    #[must_use]
    pub fn bare_path(&self) -> &str {
        bare(&self.path)
    }
}

fn bare(path: &str) -> &str {
    path.split('?').next().unwrap_or(path)
}

fn tool_name(body: &[u8]) -> Option<String> {
    let body = Json::parse(body).ok()?;
    body.get("tool_name").and_then(Json::as_str).map(str::to_owned)
}

/// The request in a line: no body, no query.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.bare_path())?;
        if let Some(tool) = self.tool_name() {
            write!(f, " of tool {tool}")?;
        }
        match &self.decision {
            Some(decision) => write!(f, ": {decision}"),
            None => f.write_str(": undecided"),
        }
    }
}

/// Which requests are meant. A part left out means all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    path: Option<String>,
    tool_name: Option<String>,
    decision: Option<String>,
    trace: Option<String>,
    since: Option<Moment>,
    until: Option<Moment>,
    after: u64,
    missed: bool,
}

impl Filter {
    /// Every request.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Every request to `/v1/scan`.
    #[must_use]
    pub fn scans() -> Self {
        Self::all().path("/v1/scan")
    }

    /// Those to this path, whatever the query.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Those of this tool.
    #[must_use]
    pub fn tool_name(mut self, name: impl Into<String>) -> Self {
        self.tool_name = Some(name.into());
        self
    }

    /// Those that were decided so: `DENY`, or a status such as `503`.
    #[must_use]
    pub fn decision(mut self, choice: impl Into<String>) -> Self {
        self.decision = Some(choice.into());
        self
    }

    /// Those of this trace: the scan, and the responses handed in for it.
    #[must_use]
    pub fn trace(mut self, id: impl Into<String>) -> Self {
        self.trace = Some(id.into());
        self
    }

    /// Those that arrived at this moment of virtual time or later.
    #[must_use]
    pub const fn since(mut self, moment: Moment) -> Self {
        self.since = Some(moment);
        self
    }

    /// Those that arrived before this moment of virtual time.
    #[must_use]
    pub const fn until(mut self, moment: Moment) -> Self {
        self.until = Some(moment);
        self
    }

    /// Those that arrived after the one with this number.
    #[must_use]
    pub const fn after(mut self, number: u64) -> Self {
        self.after = number;
        self
    }

    /// Those that met no rule.
    #[must_use]
    pub const fn missed(mut self) -> Self {
        self.missed = true;
        self
    }

    /// Whether a request is meant.
    #[must_use]
    pub fn admits(&self, entry: &Entry) -> bool {
        let Entry { number, path, time, body, decision, .. } = entry;
        self.admits_arrival(*number, path, *time, body, decision.as_ref())
    }

    /// Whether it matters what was decided.
    pub(super) const fn asks_of_decisions(&self) -> bool {
        self.missed || self.decision.is_some() || self.trace.is_some()
    }

    /// Whether a request is meant that arrived like this, by what is cheap to look at first.
    pub(super) fn admits_arrival(
        &self,
        number: u64,
        path: &str,
        time: Moment,
        body: &[u8],
        decision: Option<&Decision>,
    ) -> bool {
        number > self.after
            && self.path.as_ref().is_none_or(|wanted| wanted == bare(path))
            && self.since.is_none_or(|since| time >= since)
            && self.until.is_none_or(|until| time < until)
            && (!self.missed || decision.is_some_and(|decision| decision.miss.is_some()))
            && self.decision.as_ref().is_none_or(|wanted| decision.is_some_and(|got| got.choice.to_string() == *wanted))
            && self.trace.as_ref().is_none_or(|wanted| decision.is_some_and(|got| got.trace.as_ref() == Some(wanted)))
            && self.tool_name.as_ref().is_none_or(|wanted| tool_name(body).as_ref() == Some(wanted))
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("requests")?;
        let parts =
            [("to", &self.path), ("of tool", &self.tool_name), ("decided", &self.decision), ("of trace", &self.trace)];
        for (word, part) in parts {
            if let Some(part) = part {
                write!(f, " {word} {part}")?;
            }
        }
        for (word, moment) in [("since", self.since), ("until", self.until)] {
            if let Some(moment) = moment {
                write!(f, " {word} {moment}")?;
            }
        }
        if self.after > 0 {
            write!(f, " after number {}", self.after)?;
        }
        if self.missed { f.write_str(" that met no rule") } else { Ok(()) }
    }
}

/// Other requests came than were expected.
#[derive(Debug, Clone, thiserror::Error)]
#[error("expected {expected} {filter}, saw {seen}{}", self.rest())]
pub struct Unmet {
    /// How many were expected, in words.
    pub expected: String,
    /// Which ones.
    pub filter: Box<Filter>,
    /// How many there were.
    pub seen: usize,
    /// Everything that arrived, one line each.
    pub arrived: Vec<String>,
    /// How many events the journal had forgotten by then.
    pub forgotten: u64,
}

impl Unmet {
    pub(super) fn new(
        expected: &impl RangeBounds<usize>,
        filter: &Filter,
        seen: usize,
        all: &[Entry],
        forgotten: u64,
    ) -> Self {
        let least = match expected.start_bound() {
            Bound::Included(least) => *least,
            Bound::Excluded(before) => before + 1,
            Bound::Unbounded => 0,
        };
        let most = match expected.end_bound() {
            Bound::Included(most) => Some(*most),
            Bound::Excluded(after) => Some(after.saturating_sub(1)),
            Bound::Unbounded => None,
        };
        let expected = match most {
            Some(most) if most == least => format!("{least}"),
            Some(most) if least == 0 => format!("at most {most}"),
            Some(most) => format!("{least} to {most}"),
            None => format!("at least {least}"),
        };
        let arrived = all.iter().map(ToString::to_string).collect();
        Self { expected, filter: Box::new(filter.clone()), seen, arrived, forgotten }
    }

    fn rest(&self) -> String {
        let mut rest = String::new();
        if self.forgotten > 0 {
            rest.push_str(&format!("; the journal had forgotten {} events", self.forgotten));
        }
        for line in &self.arrived {
            rest.push_str(&format!("\n  {line}"));
        }
        rest
    }
}
