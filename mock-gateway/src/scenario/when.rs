//! Which requests a rule is for: a partial request, every field of which must agree. Only the
//! comparison; the order of rules and whose turn it is belong to the engine.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::fmt;

use globset::{GlobBuilder, GlobMatcher};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::one_or_many::OneOrMany;
use crate::api::{Call, Request, Scan};
use crate::classify::Class;
use crate::json::Json;

/// A partial request. A field left out agrees with everything, except `path`: a rule without it is
/// for `/v1/scan` and `/v1/scan/response`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// The path of the request, as a glob.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<Pattern>,
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
    /// A text somewhere in the body: in a string, a key or the digits of a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) contains: Option<String>,
    /// What was found in the URL or the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) classified: Option<Class>,
    /// `host`: no scan by a method of this rule has been let through to that host yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first_seen: Option<FirstSeen>,
}

/// What must be new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FirstSeen {
    /// The host of the URL.
    Host,
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

impl When {
    /// Whether every scan meets this.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        let Self { path, tool_name, method, url, host, contains, classified, first_seen } = self;
        path.is_none()
            && tool_name.is_none()
            && method.is_none()
            && url.is_none()
            && host.is_none()
            && contains.is_none()
            && classified.is_none()
            && first_seen.is_none()
    }

    /// The first field that does not agree with the request; `None` when the rule is met.
    #[must_use]
    pub fn differs(&self, request: &Request, destinations: &Destinations) -> Option<&'static str> {
        let path_agrees = match &self.path {
            Some(path) => path.matches(&request.path),
            None => matches!(request.call, Call::Scan(_) | Call::ScanResponse(_)),
        };
        let scan = match &request.call {
            Call::Scan(scan) => Some(&**scan),
            _ => None,
        };
        let of_scan = |agrees: &dyn Fn(&Scan) -> bool| scan.is_some_and(agrees);
        let is_one = |wanted: &[String], got: &str| wanted.iter().any(|one| one == got);

        let fields: [(&'static str, bool); 8] = [
            ("path", path_agrees),
            (
                "tool_name",
                self.tool_name.as_ref().is_none_or(|wanted| {
                    of_scan(&|scan| scan.tool_name.as_deref().is_some_and(|name| is_one(wanted, name)))
                }),
            ),
            ("method", self.method.as_ref().is_none_or(|wanted| of_scan(&|scan| is_one(wanted, &scan.method)))),
            ("url", self.url.as_ref().is_none_or(|wanted| of_scan(&|scan| wanted.matches(&scan.url)))),
            ("host", self.host.as_ref().is_none_or(|wanted| of_scan(&|scan| is_one(wanted, scan.host())))),
            (
                "contains",
                self.contains.as_ref().is_none_or(|text| request.body().is_some_and(|body| holds(body, text))),
            ),
            ("classified", self.classified.is_none_or(|class| request.classes().contains(&class))),
            (
                "first_seen",
                self.first_seen.is_none_or(|FirstSeen::Host| {
                    of_scan(&|scan| !destinations.visited(scan.host(), self.method.as_deref()))
                }),
            ),
        ];
        fields.iter().find(|(_, agrees)| !agrees).map(|(field, _)| *field)
    }
}

fn holds(body: &Json, text: &str) -> bool {
    match body {
        Json::Null | Json::Bool(_) => false,
        Json::Number(own) | Json::String(own) => own.contains(text),
        Json::Array(items) => items.iter().any(|item| holds(item, text)),
        Json::Object(members) => members.iter().any(|(key, value)| key.contains(text) || holds(value, text)),
    }
}

/// The rule's condition as a sentence would have it.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |values: &OneOrMany<String>| values.join("/");
        let parts: Vec<String> = [
            self.method.as_ref().map(list),
            self.tool_name.as_ref().map(|name| format!("tool {}", list(name))),
            self.url.as_ref().map(|url| format!("url {url}")),
            self.host.as_ref().map(|host| format!("host {}", list(host))),
            self.classified.map(|class| format!("{} found", class.name())),
            self.contains.as_ref().map(|text| format!("body contains {text:?}")),
            self.first_seen.map(|FirstSeen::Host| "to a new host".to_owned()),
            self.path.as_ref().map(|path| format!("on {path}")),
        ]
        .into_iter()
        .flatten()
        .collect();
        if parts.is_empty() { f.write_str("anything") } else { f.write_str(&parts.join(", ")) }
    }
}

/// A glob in which `*` stands for any text, slashes included.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    matcher: GlobMatcher,
}

impl Pattern {
    fn matches(&self, text: &str) -> bool {
        self.matcher.is_match(text)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let glob = GlobBuilder::new(&text).literal_separator(false).build().map_err(|error| {
            de::Error::custom(format_args!("`{text}` is no pattern: {}; `*` stands for any text", error.kind()))
        })?;
        Ok(Self { matcher: glob.compile_matcher(), text })
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A glob: `*` is any text, `?` one character, `{a,b}` either." })
    }
}
