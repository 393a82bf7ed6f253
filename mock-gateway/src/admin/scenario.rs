//! The scenario in force, read and replaced, and the session so far as a scenario.

use hyper::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::operation::Operation;
use crate::scenario::Scenario;
use crate::server::Shared;

/// The scenario in force.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Scenario", deny_unknown_fields)]
struct InForce {
    /// The scenario as a file would have it.
    yaml: String,
    /// Its rules in words, one line each, in their order.
    rules: Vec<String>,
    /// The names of the bundled scenarios.
    bundled: Vec<&'static str>,
}

/// Another scenario.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum ScenarioChange {
    /// The text of a scenario file.
    Yaml(String),
    /// The name of a bundled scenario, such as `default`.
    Bundled(String),
}

/// What happened so far.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Session {
    /// A scenario that makes it happen again; it can be put in force or written to a file as it is.
    yaml: String,
}

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::GET, "/scenario", "readScenario", "The scenario in force.", |shared, _| {
            Ok(InForce::of(shared))
        }),
        Operation::with_body(
            Method::PUT,
            "/scenario",
            "replaceScenario",
            "Puts another scenario in force. Approvals, keys, known hosts, the journal and what was used of the limits stay. One that cannot be used changes nothing, and its fault is answered with line and column.",
            |shared, _, change| {
                let scenario = match change {
                    ScenarioChange::Yaml(text) => Scenario::parse("scenario.yaml", &text)?,
                    ScenarioChange::Bundled(name) => Scenario::named(&name)?,
                };
                shared.replace(&scenario);
                Ok(InForce::of(shared))
            },
        )
        .failing(&[422]),
        Operation::new(
            Method::GET,
            "/session",
            "exportSession",
            "What happened so far, as a scenario that makes it happen again: the same requests get the same answers. Secrets and PII are left out.",
            |shared, _| Ok(Session { yaml: shared.session_file() }),
        ),
    ]
}

impl InForce {
    fn of(shared: &Shared) -> Self {
        let scenario = shared.engine().scenario();
        Self { yaml: scenario.to_yaml(), rules: scenario.lines(), bundled: Scenario::bundled() }
    }
}
