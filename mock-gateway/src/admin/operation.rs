//! What can be asked of the admin API: each operation with its path, what it takes, what it gives
//! and what does it. One list serves the requests and makes the document, from the same types.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use hyper::Method;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use super::query::{self, Parameter, Search};
use super::{approvals, clock, gateway, records, scenario};
use crate::server::Shared;

/// Where every path begins.
pub(super) const BASE: &str = "/admin/v1";

/// Every operation.
pub(super) static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    [gateway::operations(), scenario::operations(), clock::operations(), approvals::operations(), records::operations()]
        .into_iter()
        .flatten()
        .collect()
});

type SchemaOf = fn(&mut SchemaGenerator) -> Schema;
type Act = Box<dyn Fn(&Arc<Shared>, &Ask) -> Result<Outcome, Problem> + Send + Sync>;

/// What can be asked.
pub(super) struct Operation {
    pub(super) id: &'static str,
    pub(super) method: Method,
    /// The path after [`BASE`]; a segment in braces stands for any one.
    pub(super) path: &'static str,
    pub(super) about: &'static str,
    pub(super) parameters: &'static [Parameter],
    pub(super) takes: Option<Takes>,
    pub(super) gives: Gives,
    /// Statuses that it can fail with beyond those that every operation can.
    pub(super) fails: &'static [u16],
    act: Act,
}

/// What an operation takes as its body.
pub(super) struct Takes {
    pub(super) schema: SchemaOf,
    /// An empty body stands for `{}`; this says that `{}` is not enough.
    pub(super) required: bool,
}

/// What an operation answers.
#[derive(Clone, Copy)]
pub(super) enum Gives {
    /// One value.
    Json(SchemaOf),
    /// Lines without end, each one value.
    Lines(SchemaOf),
}

/// What is asked, read as far as every operation needs it.
pub(super) struct Ask {
    /// What stands for the segment in braces.
    pub(super) name: String,
    pub(super) search: Search,
    body: Bytes,
}

/// What came of it.
pub(super) enum Outcome {
    /// A value, as JSON.
    Json(Vec<u8>),
    /// The journal, as it grows, after the request with this number.
    Journal {
        /// The number.
        after: u64,
    },
}

impl Operation {
    /// An operation that takes no body.
    pub(super) fn new<Answer: Serialize + JsonSchema>(
        method: Method,
        path: &'static str,
        id: &'static str,
        about: &'static str,
        act: impl Fn(&Arc<Shared>, &Ask) -> Result<Answer, Problem> + Send + Sync + 'static,
    ) -> Self {
        let act: Act = Box::new(move |shared, ask| json(&act(shared, ask)?));
        Self {
            id,
            method,
            path,
            about,
            parameters: &[],
            takes: None,
            gives: Gives::Json(SchemaGenerator::subschema_for::<Answer>),
            fails: &[],
            act,
        }
    }

    /// An operation that takes a body; an empty one stands for `{}`.
    pub(super) fn with_body<Body: DeserializeOwned + JsonSchema, Answer: Serialize + JsonSchema>(
        method: Method,
        path: &'static str,
        id: &'static str,
        about: &'static str,
        act: impl Fn(&Arc<Shared>, &Ask, Body) -> Result<Answer, Problem> + Send + Sync + 'static,
    ) -> Self {
        let takes = Takes {
            schema: SchemaGenerator::subschema_for::<Body>,
            required: serde_json::from_str::<Body>("{}").is_err(),
        };
        let act: Act = Box::new(move |shared, ask| {
            let text: &[u8] = if ask.body.is_empty() { b"{}" } else { &ask.body };
            let wrong =
                |error| Problem::new(400, format!("cannot read the body: {error}"), format!("see {BASE}/openapi.json"));
            let body = serde_json::from_slice(text).map_err(wrong)?;
            json(&act(shared, ask, body)?)
        });
        let operation = Self::new(method, path, id, about, |_, _| Ok(()));
        Self { takes: Some(takes), gives: Gives::Json(SchemaGenerator::subschema_for::<Answer>), act, ..operation }
    }

    /// The operation that follows the journal.
    pub(super) fn following<Line: JsonSchema>(path: &'static str, id: &'static str, about: &'static str) -> Self {
        let act: Act = Box::new(|_, ask| Ok(Outcome::Journal { after: ask.search.after.unwrap_or(0) }));
        let operation = Self::new(Method::GET, path, id, about, |_, _| Ok(()));
        Self { gives: Gives::Lines(SchemaGenerator::subschema_for::<Line>), act, ..operation }
    }

    pub(super) fn asking(self, parameters: &'static [Parameter]) -> Self {
        Self { parameters, ..self }
    }

    pub(super) fn failing(self, fails: &'static [u16]) -> Self {
        Self { fails, ..self }
    }

    /// Does it.
    pub(super) fn act(&self, shared: &Arc<Shared>, name: String, query: &str, body: Bytes) -> Result<Outcome, Problem> {
        let search = query::read(query, self.parameters)?;
        if self.takes.is_none() && !body.is_empty() {
            return Err(Problem::new(400, "there is a body where none is read", "leave the body out"));
        }
        (self.act)(shared, &Ask { name, search, body })
    }

    /// What stands for the segment in braces, when the path is meant.
    fn fits(&self, path: &str) -> Option<Result<String, Problem>> {
        let (template, path) = (self.path.split('/'), path.strip_prefix(BASE)?.split('/'));
        let mut name = "";
        if template.clone().count() != path.clone().count() {
            return None;
        }
        for (due, got) in template.zip(path) {
            if due.starts_with('{') && !got.is_empty() {
                name = got;
            } else if due != got {
                return None;
            }
        }
        Some(query::decoded(name))
    }
}

/// The operation that a method and a path mean, and what stands for the segment in braces.
///
/// # Errors
/// 404 for an unknown path, 405 with the methods for a wrong one.
pub(super) fn find(method: &Method, path: &str) -> Result<(&'static Operation, String), Problem> {
    let fitting = || OPERATIONS.iter().filter_map(|operation| Some((operation, operation.fits(path)?)));
    // A path without braces is meant before one with them.
    let exact = fitting().any(|(operation, _)| !operation.path.contains('{'));
    let fitting = || fitting().filter(|(operation, _)| exact != operation.path.contains('{'));
    if let Some((operation, name)) = fitting().find(|(operation, _)| operation.method == *method) {
        return Ok((operation, name?));
    }
    let allow: Vec<_> = fitting().map(|(operation, _)| operation.method.as_str()).collect();
    if allow.is_empty() {
        let remedy = format!("{BASE}/openapi.json lists every path");
        return Err(Problem::new(404, format!("there is no path {path} here"), remedy));
    }
    let allow = allow.join(", ");
    let problem = Problem::new(405, format!("{path} does not answer {method}"), format!("use {allow}"));
    Err(Problem { allow: Some(allow), ..problem })
}

fn json(answer: &impl Serialize) -> Result<Outcome, Problem> {
    let text = serde_json::to_vec(answer);
    text.map(Outcome::Json)
        .map_err(|error| Problem::new(500, format!("cannot write the answer: {error}"), "report this"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_means_one_operation_and_methods_are_exact() {
        let id = |method, path| find(&method, path).map(|(operation, name)| (operation.id, name));
        assert_eq!(id(Method::GET, "/admin/v1/journal/7"), Ok(("readRequest", "7".to_owned())));
        assert_eq!(id(Method::GET, "/admin/v1/journal/stream"), Ok(("followJournal", String::new())));
        assert_eq!(id(Method::POST, "/admin/v1/approvals/a%2Fb/approve"), Ok(("approve", "a/b".to_owned())));
        for (method, path, allow) in [
            (Method::HEAD, "/admin/v1/state", "GET"),
            (Method::OPTIONS, "/admin/v1/scenario", "GET, PUT"),
            (Method::POST, "/admin/v1/journal/stream", "GET"),
            (Method::GET, "/admin/v1/approvals/7/approve", "POST"),
        ] {
            let problem = id(method, path).unwrap_err();
            assert_eq!((problem.status, problem.allow.as_deref()), (405, Some(allow)), "{path}");
        }
        for path in [
            "/",
            "/admin",
            "/admin/v1",
            "/admin/v1/",
            "/admin/v1/state/",
            "/admin/v2/state",
            "/v1/scan",
            "/admin/v1/approvals//approve",
            "/admin/v1//state",
        ] {
            assert_eq!(id(Method::GET, path).unwrap_err().status, 404, "{path}");
        }
        assert_eq!(id(Method::GET, "/admin/v1/approvals/%ff").unwrap_err().status, 400);
    }

    #[test]
    fn ids_are_unique() {
        let mut ids: Vec<_> = OPERATIONS.iter().map(|operation| operation.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), OPERATIONS.len());
    }
}
