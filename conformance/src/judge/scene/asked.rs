//! What the gateway was asked, and because of which step. No judgement.

use std::collections::HashMap;

use mock_gateway::json::Json;

use super::{Scene, outermost};
use crate::recording::{Key, Text};

/// A request that the gateway received.
#[derive(Debug, Clone)]
pub(in crate::judge) struct Asked<'a> {
    pub(in crate::judge) path: &'a str,
    pub(in crate::judge) headers: &'a [(String, String)],
    pub(in crate::judge) key: Key,
    pub(in crate::judge) body: &'a Text,
    /// The body as exact JSON; `None` when it is not strict JSON.
    pub(in crate::judge) json: Option<Json>,
    /// What was answered, when it went out whole.
    pub(in crate::judge) answer: Option<(u16, &'a Text)>,
    pub(in crate::judge) at: usize,
    /// The outermost step during which it came.
    pub(super) during: &'a str,
}

impl Asked<'_> {
    /// The path without its query.
    pub(in crate::judge) fn endpoint(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// Whether it asked for a verdict on a call.
    pub(in crate::judge) fn is_scan(&self) -> bool {
        self.endpoint().ends_with("/v1/scan")
    }

    /// What the gateway said, where it said anything that can be a verdict.
    pub(in crate::judge) fn verdict(&self) -> Option<Json> {
        match self.answer? {
            (200, body) => Json::parse(&body.0).ok(),
            _ => None,
        }
    }

    /// The question and its answer, to be shown.
    pub(in crate::judge) fn view(&self) -> String {
        match self.answer {
            Some((status, body)) => format!("{} → {status} {}", self.body.lossy(), body.lossy()),
            None => format!("{} → no whole answer", self.body.lossy()),
        }
    }

    /// A member of the question.
    pub(in crate::judge) fn member(&self, name: &str) -> Option<&Json> {
        self.json.as_ref()?.get(name)
    }
}

/// Where in the record of questions those of a step stand, so that a play of twenty thousand is not searched
/// twenty thousand times.
#[derive(Default)]
pub(super) struct AskedIn<'a> {
    all: HashMap<&'a str, Vec<usize>>,
    /// Those that name this url.
    about: HashMap<&'a str, HashMap<Json, Vec<usize>>>,
}

impl<'a> AskedIn<'a> {
    pub(super) fn note(&mut self, index: usize, asked: &Asked<'a>) {
        self.all.entry(asked.during).or_default().push(index);
        if let Some(url) = asked.member("url") {
            self.about.entry(asked.during).or_default().entry(url.clone()).or_default().push(index);
        }
    }

    fn of(&self, step: &str, url: Option<&Json>) -> &[usize] {
        let found = match url {
            None => self.all.get(step),
            Some(url) => self.about.get(step).and_then(|about| about.get(url)),
        };
        found.map(Vec::as_slice).unwrap_or_default()
    }
}

impl<'a> Scene<'a> {
    /// What the gateway was asked during a step. Of an inner step, only what names the same url, or, of a
    /// proxied call, the same tool and arguments.
    pub(in crate::judge) fn asked(&self, step: &str) -> Vec<&Asked<'a>> {
        let outer = outermost(step);
        let params = step.contains('.').then(|| self.request_of(step)?.get("params")).flatten();
        let is_scan = params.is_some_and(|params| self.is_scan(params));
        let url = is_scan.then(|| self.argument(step, "url")).flatten();
        let is_own = |asked: &&Asked<'_>| match params {
            Some(params) if !is_scan => {
                asked.member("tool_name") == params.get("name") && asked.member("body") == params.get("arguments")
            }
            _ => true,
        };
        self.asked_in.of(outer, url).iter().map(|index| &self.asked[*index]).filter(is_own).collect()
    }
}
