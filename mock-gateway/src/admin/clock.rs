//! Virtual time, read, stopped and moved.

use hyper::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::operation::Operation;
use crate::clock::Moment;
use crate::scenario::Period;
use crate::server::Shared;

/// What time it is.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Clock {
    /// Virtual time: approvals, grants, keys and quotas go by it.
    now: Moment,
    /// Whether it moves only when advanced.
    frozen: bool,
}

/// Whether the clock stands still.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    /// `true` stops it where it stands; `false` lets it run on from there.
    frozen: bool,
}

/// A step forward.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Advance {
    /// How far.
    by: Period,
}

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::GET, "/clock", "readClock", "What time it is.", |shared, _| Ok(Clock::of(shared))),
        Operation::with_body(
            Method::PUT,
            "/clock",
            "setClock",
            "Stops the clock where it stands, or lets it run on from there.",
            |shared, _, change: ClockChange| {
                if change.frozen {
                    shared.clock.freeze();
                } else {
                    shared.clock.run();
                }
                Ok(Clock::of(shared))
            },
        ),
        Operation::with_body(
            Method::POST,
            "/clock/advance",
            "advanceClock",
            "Moves the clock forward, whether or not it runs. Nothing moves it back.",
            |shared, _, step: Advance| {
                shared.clock.advance(step.by.get());
                Ok(Clock::of(shared))
            },
        ),
    ]
}

impl Clock {
    fn of(shared: &Shared) -> Self {
        Self { now: shared.clock.now().virtual_time, frozen: shared.clock.is_frozen() }
    }
}
