//! Latency against load: at which rate, and with how many scans in flight, answers begin to wait for one
//! another.

use super::chart::{Axis, Chart, Line};
use super::scale::Scale;
use super::time;
use crate::bench::results::{Distribution, Results, Workload};

/// Latency at each rate that a schedule asked for; `None` where fewer than two were.
pub(super) fn rates(results: &Results) -> Option<Chart> {
    let title = format!("{}: latency by scans a second, from the moment each was to be sent", results.subject.name);
    against(results, "rate/", title, "scans a second, as scheduled", |workload| workload.offered_per_second)
}

/// Latency with each number of scans in flight; `None` where fewer than two were tried.
pub(super) fn flights(results: &Results) -> Option<Chart> {
    let title = format!("{}: latency by scans in flight", results.subject.name);
    against(results, "in-flight/", title, "scans in flight", |workload| workload.in_flight.map(f64::from))
}

/// Latency at each of the steps whose names begin so. Other workloads have a load too: that of a gateway that takes
/// its time, or of a long run.
fn against(
    results: &Results,
    steps: &str,
    title: String,
    axis: &'static str,
    load: impl Fn(&Workload) -> Option<f64>,
) -> Option<Chart> {
    let own = results.workloads.iter().filter(|workload| workload.name.starts_with(steps));
    let mut steps: Vec<_> = own.filter_map(|workload| Some((load(workload)?, &workload.latency))).collect();
    steps.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    if steps.len() < 2 {
        return None;
    }
    let line = |name: &str, of: fn(&Distribution) -> u64| Line {
        name: name.to_owned(),
        points: steps.iter().map(|(load, latency)| (*load, of(latency) as f64)).collect(),
        dotted: true,
    };
    let x = Scale::close_around(steps.iter().map(|(load, _)| *load));
    let y = Scale::around(steps.iter().flat_map(|(_, latency)| [latency.p50 as f64, latency.max as f64]));
    Some(Chart {
        title,
        x: Axis { name: axis, scale: x, marks: steps.iter().map(|(load, _)| (*load, format!("{load}"))).collect() },
        y: Axis::new("latency", y, time),
        lines: vec![
            line("p50", |latency| latency.p50),
            line("p99", |latency| latency.p99),
            line("max", |latency| latency.max),
        ],
    })
}
