//! Which requests a rule is for: a partial request, every field of which must agree. Only the form
//! that people write; how it is compared is in `candidate`.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU64;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::one_or_many::OneOrMany;
use super::pattern::Pattern;
use super::subset::Subset;
use crate::classify::Class;

/// A partial request. A field left out agrees with everything, except `path`: a rule without it is
/// for `/v1/scan` and `/v1/scan/response`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// The path of the request, as a glob.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<Pattern>,
    /// The token that the request comes with, as a glob: `iv_eph_*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<Pattern>,
    /// The id or the name of the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) agent: Option<OneOrMany<String>>,
    /// The tool that the scan names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tool_name: Option<OneOrMany<String>>,
    /// The method of the call that is scanned; several are alternatives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) method: Option<OneOrMany<String>>,
    /// The URL of the call that is scanned, as a glob.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<Pattern>,
    /// The host in that URL, without port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) host: Option<OneOrMany<String>>,
    /// Headers of the call that is scanned, each value as a glob; names in any case.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) headers: BTreeMap<String, Pattern>,
    /// A part of the body: objects may have more members, everything else is equal. Numbers are
    /// compared by value.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "super::subset::given")]
    pub(crate) body: Option<Subset>,
    /// A text somewhere in the body: in a string, a key or the digits of a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) contains: Option<String>,
    /// What was found in the URL or the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) classified: Option<Class>,
    /// `host`: no scan by a method of this rule has been let through to that host yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first_seen: Option<FirstSeen>,
    /// `earlier_response`: the call writes to another host what was read in a response that was handed
    /// in at `/v1/scan/response`, or a part of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) overlaps: Option<Overlaps>,
    /// Only these, counted from 1, of the requests that reach this rule and agree with the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nth: Option<OneOrMany<NonZeroU64>>,
    /// Only every so many-th of the requests that reach this rule and agree with the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) every: Option<NonZeroU64>,
}

/// What must be new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FirstSeen {
    /// The host of the URL.
    Host,
}

/// What a write is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Overlaps {
    /// Every response that is remembered, of the same key and agent, from another host.
    EarlierResponse,
}

impl When {
    /// Whether every scan meets this.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.path.is_none() && !super::candidate::FIELDS.iter().any(|field| self.asks(*field)) && !self.counts()
    }

    /// Whether it depends on how many requests came before.
    #[must_use]
    pub(crate) const fn counts(&self) -> bool {
        self.nth.is_some() || self.every.is_some()
    }

    /// Whose turn it is, in words.
    #[must_use]
    pub(crate) fn turn_words(&self) -> String {
        let numbers = |nth: &OneOrMany<NonZeroU64>| nth.iter().map(ToString::to_string).collect::<Vec<_>>().join("/");
        match (&self.nth, self.every) {
            (Some(nth), None) => format!("number {}", numbers(nth)),
            (None, Some(every)) => format!("one in {every}"),
            (Some(nth), Some(every)) => format!("number {}, one in {every}", numbers(nth)),
            (None, None) => "any number".to_owned(),
        }
    }

    /// Whether it is the turn of the request with this number, from 1.
    #[must_use]
    pub(crate) fn is_turn(&self, number: u64) -> bool {
        self.nth.as_ref().is_none_or(|nth| nth.iter().any(|one| one.get() == number))
            && self.every.is_none_or(|every| number.is_multiple_of(every.get()))
    }
}

/// The rule's condition as a sentence would have it. A key is not shown.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |values: &OneOrMany<String>| values.join("/");
        let headers = self.headers.iter().map(|(name, value)| format!("header {name}: {value}"));
        let parts: Vec<String> = [
            self.method.as_ref().map(list),
            self.tool_name.as_ref().map(|name| format!("tool {}", list(name))),
            self.url.as_ref().map(|url| format!("url {url}")),
            self.host.as_ref().map(|host| format!("host {}", list(host))),
            self.agent.as_ref().map(|agent| format!("agent {}", list(agent))),
            self.key.as_ref().map(|_| "with a certain key".to_owned()),
            self.body.as_ref().map(|body| format!("body with {body}")),
            self.classified.map(|class| format!("{} found", class.name())),
            self.contains.as_ref().map(|text| format!("body contains {text:?}")),
            self.first_seen.map(|FirstSeen::Host| "to a new host".to_owned()),
            self.overlaps.map(|Overlaps::EarlierResponse| "text of an earlier response to another host".to_owned()),
            self.path.as_ref().map(|path| format!("on {path}")),
            self.counts().then(|| format!("{} of these", self.turn_words())),
        ]
        .into_iter()
        .flatten()
        .chain(headers)
        .collect();
        if parts.is_empty() { f.write_str("anything") } else { f.write_str(&parts.join(", ")) }
    }
}
