//! One bench from start to end: its phases in their order, and the results that they add to. Never how a
//! phase measures.

use std::time::Duration;

use super::histogram::{Spread, nanos};
use super::machine::{self, Cpus};
use super::plan::Plan;
use super::results::{Floor, Machine, Memory, Results, SCHEMA, Versions, Workload};
use super::session::Session;
use super::stand::{self, Stand};
use super::{crowd, failing, floor, turns};
use crate::case::Role;
use crate::subject::Subject;

/// How long the gateway's own ceiling is sought.
const CEILING: Duration = Duration::from_millis(500);

/// Measures a guard. `tell` hears of each phase as it begins.
///
/// # Errors
/// The guard cannot be started or answers wrongly, or the bench's own side fails.
pub fn run(subject: Subject, budget: Duration, plan: &Plan, tell: &mut dyn FnMut(&str)) -> anyhow::Result<Results> {
    let cpus = Cpus::choose();
    let machine = machine::this(cpus);
    let stand = Stand::new(subject, budget, cpus)?;
    let mut bench = Bench::new(&stand, plan, machine, tell);
    bench.tell("the gateway's own ceiling");
    bench.results.gateway_per_second = Some(floor::ceiling(stand.gateway.address(), CEILING)?);
    if stand.has(Role::Scan) {
        turns::start(&mut bench)?;
        turns::pipe(&mut bench)?;
        turns::scans(&mut bench)?;
        turns::bodies(&mut bench)?;
        let pace = crowd::steps(&mut bench)?;
        crowd::rates(&mut bench, pace)?;
        crowd::gateways(&mut bench)?;
        crowd::growth(&mut bench, pace)?;
        failing::budgets(&mut bench)?;
    }
    if stand.has(Role::Proxy) {
        turns::proxy(&mut bench)?;
    }
    Ok(bench.results)
}

/// A bench under way.
pub(crate) struct Bench<'a> {
    pub(crate) stand: &'a Stand,
    pub(crate) plan: &'a Plan,
    pub(crate) results: Results,
    tell: &'a mut dyn FnMut(&str),
}

impl<'a> Bench<'a> {
    fn new(stand: &'a Stand, plan: &'a Plan, machine: Machine, tell: &'a mut dyn FnMut(&str)) -> Self {
        let results = Results {
            schema: SCHEMA,
            day: machine::today(),
            quick: plan.quick,
            budget_ns: nanos(stand.budget),
            machine,
            versions: Versions { harness: env!("CARGO_PKG_VERSION").to_owned(), guard: None },
            subject: stand::named(&stand.subject),
            gateway_per_second: None,
            workloads: Vec::new(),
            knee: None,
            cpu_per_scan_ns: None,
            memory: Vec::new(),
            budget_checks: Vec::new(),
        };
        Self { stand, plan, results, tell }
    }

    /// Says what is measured next.
    pub(crate) fn tell(&mut self, phase: &str) {
        (self.tell)(phase);
    }

    /// Adds a workload, for its phase to say more of.
    pub(crate) fn add(&mut self, name: &str, latency: &Spread) -> &mut Workload {
        let latency = latency.distribution();
        let budget_share = latency.p99 as f64 / self.results.budget_ns as f64;
        self.results.workloads.push(Workload {
            name: name.to_owned(),
            unit: "ns".to_owned(),
            latency,
            service: None,
            floor: None,
            ratio: None,
            budget_share,
            offered_per_second: None,
            achieved_per_second: None,
            in_flight: None,
        });
        self.results.workloads.last_mut().expect("one was added")
    }

    /// Adds what a guard holds at this moment, where that can be seen.
    pub(crate) fn weigh(&mut self, session: &Session, after: &str, scans: u64) {
        if let Some(usage) = session.usage() {
            let (resident_kb, peak_kb) = (usage.resident_kb, usage.peak_kb);
            self.results.memory.push(Memory { after: after.to_owned(), scans, resident_kb, peak_kb });
        }
    }
}

impl Workload {
    /// Lays a floor under it.
    pub(crate) fn over(&mut self, name: &str, floor: &Spread) {
        let latency = floor.distribution();
        self.ratio = Some(self.latency.p50 as f64 / latency.p50.max(1) as f64);
        self.floor = Some(Floor { name: name.to_owned(), latency });
    }
}
