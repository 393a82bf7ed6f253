//! The gateway as a whole: how it stands, begun anew, how far to trust it, and this API's own
//! description.

use hyper::Method;
use schemars::JsonSchema;
use serde::Serialize;

use super::openapi;
use super::operation::Operation;
use super::problem::Problem;
use crate::approval::Status;
use crate::clock::Moment;
use crate::fidelity::{Behaviour, Mark, behaviours};
use crate::server::Shared;

/// How the gateway stands.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct State {
    /// The address that guards are pointed at.
    url: String,
    /// The version of this program.
    version: &'static str,
    /// The name of the scenario in force, or its file.
    scenario: String,
    /// Why the scenario that was to come in force last did not, with line and column; `null` when it did.
    scenario_fault: Option<String>,
    /// Virtual time.
    now: Moment,
    /// Whether virtual time moves only when advanced.
    frozen: bool,
    /// How many requests arrived, forgotten ones included.
    requests: u64,
    /// How many events the journal has forgotten because it had grown past its bound.
    forgotten: u64,
    /// How many approvals wait for a decision.
    pending: usize,
    /// How many grants run.
    grants: usize,
    usage: Usage,
}

/// What was used of the limits in this period.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Usage {
    /// Scans taken.
    scans: u64,
    /// Scans refused.
    refused: u64,
    /// What a period has; `null` when that is not limited.
    quota: Option<u64>,
    /// The pace; `null` when it is not limited.
    scans_per_minute: Option<u32>,
    period_start: Moment,
    period_end: Moment,
}

/// How well each behaviour of this gateway is known.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Fidelity {
    /// How many are assumed: nothing public says that the real gateway does the same.
    assumed: usize,
    behaviours: Vec<Behaviour>,
}

/// The way into the console.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ConsoleLink {
    /// Opens the console once, in one browser.
    link: String,
}

/// An OpenAPI document.
#[derive(Serialize, JsonSchema)]
#[serde(transparent)]
struct OpenApi(serde_json::Map<String, serde_json::Value>);

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::GET, "/state", "readState", "How the gateway stands.", |shared, _| {
            Ok(State::of(shared))
        }),
        Operation::new(
            Method::POST,
            "/reset",
            "reset",
            "Forgets approvals, grants, keys, known hosts, what was used of the limits and the journal. The scenario in force begins anew, with the same ids; the clock stands where it is.",
            |shared, _| {
                shared.reset();
                Ok(State::of(shared))
            },
        ),
        Operation::new(
            Method::GET,
            "/fidelity",
            "readFidelity",
            "Every behaviour of this gateway, and how well it is known that the real one does the same.",
            |_, _| Ok(Fidelity::now()),
        ),
        Operation::new(
            Method::POST,
            "/console",
            "openConsole",
            "A new link that opens the console, the page for browsers, once. An earlier one that was not used opens nothing any more.",
            |shared, _| {
                let console = shared.console.as_ref().expect("where the admin API is, the console is");
                console.link().map(|link| ConsoleLink { link }).map_err(Problem::from)
            },
        ),
        Operation::new(Method::GET, "/openapi.json", "readOpenApi", "This description.", |_, _| {
            Ok(OpenApi(openapi::document()))
        }),
    ]
}

impl State {
    fn of(shared: &Shared) -> Self {
        let now = shared.clock.now().virtual_time;
        let (scenario, approvals, usage) = {
            let mut engine = shared.engine();
            (engine.scenario().name, engine.desk().all(now), engine.usage(now))
        };
        Self {
            url: shared.url.clone(),
            version: env!("CARGO_PKG_VERSION"),
            scenario,
            scenario_fault: shared.fault().clone(),
            now,
            frozen: shared.clock.is_frozen(),
            requests: shared.journal.arrived(),
            forgotten: shared.journal.forgotten(),
            pending: approvals.iter().filter(|approval| approval.status == Status::Pending).count(),
            grants: approvals.iter().filter(|approval| approval.is_grant()).count(),
            usage: Usage {
                scans: usage.scans,
                refused: usage.refused,
                quota: usage.quota,
                scans_per_minute: usage.scans_per_minute,
                period_start: usage.since,
                period_end: usage.until,
            },
        }
    }
}

impl Fidelity {
    fn now() -> Self {
        let behaviours: Vec<_> = behaviours().copied().collect();
        let assumed = behaviours.iter().filter(|behaviour| behaviour.mark == Mark::Assumed).count();
        Self { assumed, behaviours }
    }
}
