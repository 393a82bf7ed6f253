//! Measures two guards in turns, with fresh processes of both for every four blocks: two processes of one
//! program are not equally fast. Never what that comes to.

use std::time::{Duration, Instant};

use super::machine::{self, Cpus};
use super::results::SCHEMA;
use super::session::Session;
use super::sides::{Quad, Sides};
use super::stand::{self, Stand};
use crate::case::Role;
use crate::subject::Subject;

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// How many quads.
    pub quads: usize,
    /// Scans in each of the four blocks of a quad.
    pub per_block: usize,
    /// Scans that are not counted, of each new process.
    pub warm_up: usize,
    /// After this long no further quad is begun.
    pub limit: Duration,
}

/// How many quads an interval needs in any case.
const AT_LEAST: usize = 8;

impl Extent {
    /// For a result that is to be kept.
    pub const FULL: Self = Self { quads: 60, per_block: 200, warm_up: 50, limit: Duration::from_secs(120) };
    /// For a CI.
    pub const QUICK: Self = Self { quads: 24, per_block: 100, warm_up: 30, limit: Duration::from_secs(20) };
}

/// Measures both. `tell` hears of each quad as it begins.
///
/// # Errors
/// A guard cannot be started or answers wrongly, or the bench's own side fails.
pub fn run(base: Subject, head: Subject, extent: Extent, tell: &mut dyn FnMut(&str)) -> anyhow::Result<Sides> {
    let cpus = Cpus::choose();
    let machine = machine::this(cpus);
    let budget = Duration::from_secs(30);
    let (base, head) = (Stand::new(base, budget, cpus)?, Stand::new(head, budget, cpus)?);
    let (began, mut quads) = (Instant::now(), Vec::new());
    while quads.len() < extent.quads && (quads.len() < AT_LEAST || began.elapsed() < extent.limit) {
        tell(&format!("quad {} of {}", quads.len() + 1, extent.quads));
        quads.push(quad(&base, &head, extent, quads.len() % 2 == 1)?);
    }
    let (base, head) = (stand::named(&base.subject), stand::named(&head.subject));
    Ok(Sides { schema: SCHEMA, day: machine::today(), machine, base, head, quads })
}

/// Four blocks; `head_first` decides who begins, and so who ends.
fn quad(base: &Stand, head: &Stand, extent: Extent, head_first: bool) -> anyhow::Result<Quad> {
    // Who is started first changes too, for the same reason.
    let (mut base, mut head) = if head_first {
        let head = Turn::open(head, extent.warm_up)?;
        (Turn::open(base, extent.warm_up)?, head)
    } else {
        (Turn::open(base, extent.warm_up)?, Turn::open(head, extent.warm_up)?)
    };
    for is_head in [head_first, !head_first, !head_first, head_first] {
        let turn = if is_head { &mut head } else { &mut base };
        for _ in 0..extent.per_block {
            let took = turn.one()?;
            turn.took.push(super::histogram::nanos(took));
        }
    }
    Ok(Quad { base: base.close(), head: head.close() })
}

/// One guard in one quad.
struct Turn {
    session: Session,
    scans: bool,
    took: Vec<u64>,
}

impl Turn {
    fn open(stand: &Stand, warm_up: usize) -> anyhow::Result<Self> {
        let scans = stand.has(Role::Scan);
        let role = if scans { Role::Scan } else { Role::Proxy };
        let mut turn = Self { session: Session::open(&stand.seat(role)?)?, scans, took: Vec::new() };
        for _ in 0..warm_up {
            turn.one()?;
        }
        Ok(turn)
    }

    fn one(&mut self) -> anyhow::Result<Duration> {
        if self.scans { self.session.scan(0) } else { self.session.call() }
    }

    fn close(self) -> Vec<u64> {
        self.session.close();
        self.took
    }
}
