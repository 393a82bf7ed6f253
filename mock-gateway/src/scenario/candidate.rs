//! A request as rules look at it: what is costly to know is found once, however many rules ask.
//! Only the comparison; the order of rules and whose turn it is belong to the engine.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::fmt;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};

use super::subset::Members;
use super::when::{FirstSeen, Overlaps, When};
use crate::api::{Call, Request, Scan};
use crate::correlate::Overlap;
use crate::json::{Json, Quoted};
use crate::redact;

/// The fields of a condition, the cheap ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// `path`
    Path,
    /// `tool_name`
    ToolName,
    /// `method`
    Method,
    /// `host`
    Host,
    /// `agent`
    Agent,
    /// `key`
    Key,
    /// `url`
    Url,
    /// `headers`
    Headers,
    /// `classified`
    Classified,
    /// `first_seen`
    FirstSeen,
    /// `overlaps`
    Overlaps,
    /// `body`
    Body,
    /// `contains`
    Contains,
    /// `nth` and `every`: all else agreed, but it was not the request's turn.
    Turn,
}

/// Every field, in the order of comparison.
pub(crate) const FIELDS: [Field; 13] = [
    Field::Path,
    Field::ToolName,
    Field::Method,
    Field::Host,
    Field::Agent,
    Field::Key,
    Field::Url,
    Field::Headers,
    Field::Classified,
    Field::FirstSeen,
    Field::Overlaps,
    Field::Body,
    Field::Contains,
];

impl Field {
    /// The name in a scenario.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::ToolName => "tool_name",
            Self::Method => "method",
            Self::Host => "host",
            Self::Agent => "agent",
            Self::Key => "key",
            Self::Url => "url",
            Self::Headers => "headers",
            Self::Classified => "classified",
            Self::FirstSeen => "first_seen",
            Self::Overlaps => "overlaps",
            Self::Body => "body",
            Self::Contains => "contains",
            Self::Turn => "nth",
        }
    }
}

/// Where a request and a condition part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The field.
    pub field: Field,
    /// What the rule asks for.
    pub wanted: String,
    /// What the request has, secrets and PII taken out; a key is never shown.
    pub got: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, wanted, got } = self;
        write!(f, "{}: wanted {wanted}, got {got}", field.name())
    }
}

/// The hosts that calls were let through to, with the methods used.
#[derive(Debug, Default)]
pub struct Destinations(HashMap<String, BTreeSet<String>>);

impl Destinations {
    /// Remembers that this scan was let through.
    pub fn visit(&mut self, scan: &Scan) {
        match self.0.get_mut(scan.host()) {
            Some(methods) if methods.contains(&scan.method) => {}
            Some(methods) => _ = methods.insert(scan.method.clone()),
            None => _ = self.0.insert(scan.host().to_owned(), BTreeSet::from([scan.method.clone()])),
        }
    }

    fn visited(&self, host: &str, methods: Option<&[String]>) -> bool {
        self.0.get(host).is_some_and(|used| methods.is_none_or(|methods| methods.iter().any(|one| used.contains(one))))
    }
}

/// Every text that a rule looks for in bodies, found together in one pass.
#[derive(Debug, Default)]
pub(crate) struct Needles {
    places: HashMap<String, usize>,
    finder: Option<AhoCorasick>,
}

impl Needles {
    /// The texts that these conditions look for.
    pub(crate) fn of<'a>(conditions: impl Iterator<Item = &'a When>) -> Self {
        let texts: BTreeSet<&str> = conditions.filter_map(|when| when.contains.as_deref()).collect();
        let places = texts.iter().enumerate().map(|(place, text)| ((*text).to_owned(), place)).collect();
        let builder = || {
            AhoCorasickBuilder::new()
                .kind(Some(AhoCorasickKind::ContiguousNFA))
                .match_kind(MatchKind::Standard)
                .build(&texts)
        };
        // Texts of gigabytes would be needed to overflow the automaton.
        let finder = (!texts.is_empty()).then(builder).and_then(Result::ok);
        Self { places, finder }
    }

    fn found(&self, body: Option<&Json>) -> Vec<bool> {
        let mut found = vec![false; self.places.len()];
        if let (Some(finder), Some(body)) = (&self.finder, body) {
            each_text(body, &mut |text| {
                for hit in finder.find_overlapping_iter(text) {
                    found[hit.pattern().as_usize()] = true;
                }
            });
        }
        found
    }
}

fn each_text<'a>(body: &'a Json, see: &mut impl FnMut(&'a str)) {
    match body {
        Json::Null | Json::Bool(_) => {}
        Json::Number(own) | Json::String(own) => see(own),
        Json::Array(items) => items.iter().for_each(|item| each_text(item, see)),
        Json::Object(members) => {
            for (key, value) in members {
                see(key);
                each_text(value, see);
            }
        }
    }
}

/// A request, with what has been found in it so far.
pub(crate) struct Candidate<'a> {
    request: &'a Request,
    destinations: &'a Destinations,
    overlap: Option<&'a Overlap>,
    needles: &'a Needles,
    found: OnceCell<Vec<bool>>,
    members: Members<'a>,
}

impl<'a> Candidate<'a> {
    /// `overlap` is what the request has most in common with an earlier response, however little.
    pub(crate) fn new(
        request: &'a Request,
        destinations: &'a Destinations,
        overlap: Option<&'a Overlap>,
        needles: &'a Needles,
    ) -> Self {
        Self { request, destinations, overlap, needles, found: OnceCell::new(), members: Members::default() }
    }

    fn scan(&self) -> Option<&'a Scan> {
        match &self.request.call {
            Call::Scan(scan) => Some(scan),
            _ => None,
        }
    }

    fn contains(&self, text: &str) -> bool {
        let found = self.found.get_or_init(|| self.needles.found(self.request.body()));
        self.needles.places.get(text).is_some_and(|place| found[*place])
    }
}

impl When {
    /// Whether this field is part of the condition. Every condition has a path, written or not.
    pub(super) fn asks(&self, field: Field) -> bool {
        match field {
            Field::Path | Field::Turn => false,
            Field::ToolName => self.tool_name.is_some(),
            Field::Method => self.method.is_some(),
            Field::Host => self.host.is_some(),
            Field::Agent => self.agent.is_some(),
            Field::Key => self.key.is_some(),
            Field::Url => self.url.is_some(),
            Field::Headers => !self.headers.is_empty(),
            Field::Classified => self.classified.is_some(),
            Field::FirstSeen => self.first_seen.is_some(),
            Field::Overlaps => self.overlaps.is_some(),
            Field::Body => self.body.is_some(),
            Field::Contains => self.contains.is_some(),
        }
    }

    /// Whether every field agrees, the count of requests left aside.
    pub(crate) fn agrees(&self, candidate: &Candidate<'_>) -> bool {
        FIELDS.iter().all(|field| self.field_agrees(*field, candidate))
    }

    fn field_agrees(&self, field: Field, candidate: &Candidate<'_>) -> bool {
        let Candidate { request, destinations, overlap, members, .. } = candidate;
        let scan = candidate.scan();
        let of_scan = |agrees: &dyn Fn(&Scan) -> bool| scan.is_some_and(agrees);
        let is_one = |wanted: &[String], got: &str| wanted.iter().any(|one| one == got);
        match field {
            Field::Path => match &self.path {
                Some(path) => path.matches(&request.path),
                None => matches!(request.call, Call::Scan(_) | Call::ScanResponse(_)),
            },
            Field::ToolName => self.tool_name.as_ref().is_none_or(|wanted| {
                of_scan(&|scan| scan.tool_name.as_deref().is_some_and(|name| is_one(wanted, name)))
            }),
            Field::Method => self.method.as_ref().is_none_or(|wanted| of_scan(&|scan| is_one(wanted, &scan.method))),
            Field::Host => self.host.as_ref().is_none_or(|wanted| of_scan(&|scan| is_one(wanted, scan.host()))),
            Field::Agent => self
                .agent
                .as_ref()
                .is_none_or(|wanted| of_scan(&|scan| scan.agent.iter().flatten().any(|agent| is_one(wanted, agent)))),
            Field::Key => self
                .key
                .as_ref()
                .is_none_or(|wanted| request.key.as_ref().is_some_and(|key| wanted.matches(key.reveal()))),
            Field::Url => self.url.as_ref().is_none_or(|wanted| of_scan(&|scan| wanted.matches(&scan.url))),
            Field::Headers => self.headers.iter().all(|(name, wanted)| {
                of_scan(&|scan| {
                    scan.headers.iter().any(|(got, value)| got.eq_ignore_ascii_case(name) && wanted.matches(value))
                })
            }),
            Field::Classified => self.classified.is_none_or(|class| request.classes().contains(&class)),
            Field::FirstSeen => self.first_seen.is_none_or(|FirstSeen::Host| {
                of_scan(&|scan| !destinations.visited(scan.host(), self.method.as_deref()))
            }),
            Field::Overlaps => {
                self.overlaps.is_none_or(|Overlaps::EarlierResponse| overlap.is_some_and(Overlap::is_enough))
            }
            Field::Body => {
                self.body.as_ref().is_none_or(|wanted| request.body().is_some_and(|body| wanted.agrees(body, members)))
            }
            Field::Contains => self.contains.as_ref().is_none_or(|text| candidate.contains(text)),
            Field::Turn => true,
        }
    }

    /// How far this is from the request, smaller being nearer: a rule for another path is far, then
    /// it is how many fields differ, then how few agree.
    pub(crate) fn distance(&self, candidate: &Candidate<'_>) -> (bool, usize, Reverse<usize>) {
        let (agree, differ): (Vec<Field>, Vec<Field>) = FIELDS
            .into_iter()
            .filter(|field| *field == Field::Path || self.asks(*field))
            .partition(|field| self.field_agrees(*field, candidate));
        (differ.contains(&Field::Path), differ.len(), Reverse(agree.len()))
    }

    /// The first field that does not agree.
    pub(crate) fn difference(&self, candidate: &Candidate<'_>) -> Option<Difference> {
        let field = FIELDS.into_iter().find(|field| !self.field_agrees(*field, candidate))?;
        let (wanted, got) = self.both_sides(field, candidate);
        Some(Difference { field, wanted: shortened(&wanted), got: shortened(&got) })
    }

    fn both_sides(&self, field: Field, candidate: &Candidate<'_>) -> (String, String) {
        let scan = candidate.scan();
        let any = |wanted: &Option<super::OneOrMany<String>>| {
            wanted.as_ref().map_or_else(String::new, |any| any.join(" or "))
        };
        let text = |text: Option<&str>| text.map_or_else(|| "nothing".to_owned(), |text| redact::text(text).text);
        match field {
            Field::Path => (
                self.path.as_ref().map_or_else(|| "a scan".to_owned(), ToString::to_string),
                candidate.request.path.clone(),
            ),
            Field::ToolName => (any(&self.tool_name), text(scan.and_then(|scan| scan.tool_name.as_deref()))),
            Field::Method => (any(&self.method), text(scan.map(|scan| &*scan.method))),
            Field::Host => (any(&self.host), text(scan.map(Scan::host))),
            Field::Agent => {
                let agents =
                    scan.map(|scan| scan.agent.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", "));
                (any(&self.agent), text(agents.as_deref().filter(|agents| !agents.is_empty())))
            }
            Field::Key => ("a certain key".to_owned(), "another one".to_owned()),
            Field::Url => (
                self.url.as_ref().map_or_else(String::new, ToString::to_string),
                scan.map_or_else(|| "nothing".to_owned(), |scan| redact::url(&scan.url).text),
            ),
            Field::Headers => {
                let names = || self.headers.keys().cloned().collect::<Vec<_>>().join(", ");
                (names(), "a header less, or another value".to_owned())
            }
            Field::Classified => (
                self.classified.map_or_else(String::new, |class| class.name().to_owned()),
                text(
                    Some(&*candidate.request.classes().iter().map(|class| class.name()).collect::<Vec<_>>().join(", "))
                        .filter(|names| !names.is_empty()),
                ),
            ),
            Field::FirstSeen => ("a new host".to_owned(), text(scan.map(Scan::host))),
            Field::Overlaps => (
                "text of an earlier response to another host".to_owned(),
                candidate.overlap.map_or_else(|| "none".to_owned(), |overlap| format!("too little: {overlap}")),
            ),
            Field::Body => {
                let (Some(wanted), Some(body)) = (&self.body, candidate.request.body()) else {
                    return (self.body.as_ref().map_or_else(String::new, ToString::to_string), "no body".to_owned());
                };
                let pointer = wanted.differs(body, &candidate.members).unwrap_or_default();
                let name = pointer.rsplit('/').next().unwrap_or_default();
                // A secret is known by its name, too.
                let show = |value: Option<&Json>| match value {
                    None => "nothing".to_owned(),
                    Some(value) if pointer.is_empty() => redact::json(&value.to_string()).text,
                    Some(value) => redact::json(&format!("{{{}:{value}}}", Quoted(name))).text,
                };
                (format!("{} at `{pointer}`", show(wanted.at(&pointer))), show(body.pointer(&pointer)))
            }
            Field::Contains => {
                (self.contains.as_ref().map_or_else(String::new, |text| format!("{text:?}")), "no such text".to_owned())
            }
            Field::Turn => (self.turn_words(), "another number".to_owned()),
        }
    }
}

/// The beginning of a long text.
fn shortened(text: &str) -> String {
    const ROOM: usize = 80;
    match text.char_indices().nth(ROOM) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
