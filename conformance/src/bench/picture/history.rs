//! Ratios to the floor, run after run. Never times.

use super::chart::{Axis, Chart, LOOKS, Line};
use super::scale::Scale;
use crate::bench::trend::{self, Run, Trend};

/// How many workloads share a chart, so that each has a look of its own.
const TOGETHER: usize = LOOKS;

/// The charts of one trend; none where there is one run only.
pub(super) fn charts(trend: &Trend) -> Vec<Chart> {
    if trend.runs.len() < 2 {
        return Vec::new();
    }
    let chart = |rows: &[trend::Row]| {
        let lines: Vec<Line> = rows.iter().map(line).collect();
        let ratios = lines.iter().flat_map(|line| &line.points).map(|(_, ratio)| *ratio);
        Chart {
            title: format!("{} on {}: ratio to the floor, run after run", trend.subject, trend::words(&trend.machine)),
            y: Axis::new("p50 to the floor's p50", Scale::close_around(ratios), |ratio| {
                format!("{ratio:.3}").trim_end_matches('0').trim_end_matches('.').to_owned()
            }),
            x: days(&trend.runs),
            lines,
        }
    };
    trend.rows.chunks(TOGETHER).map(chart).collect()
}

fn line(row: &trend::Row) -> Line {
    let points = row.ratios.iter().enumerate().filter_map(|(place, ratio)| Some((place as f64, (*ratio)?)));
    let change = row.change().map(|change| format!(", {:+.0} %", (change - 1.0) * 100.0)).unwrap_or_default();
    Line { name: format!("{}{change}", row.workload), points: points.collect(), dotted: true }
}

/// Each run at the same distance from the one before; where there are many, only some are named.
fn days(runs: &[Run]) -> Axis {
    const NAMED: usize = 6;
    let every = runs.len().div_ceil(NAMED);
    let named = runs.iter().enumerate().filter(|(place, _)| (runs.len() - 1 - place).is_multiple_of(every));
    let marks = named.map(|(place, run)| (place as f64, format!("{}\n{}", run.day, run.digest)));
    Axis { name: "day and program", scale: Scale::Place(runs.len() - 1), marks: marks.collect() }
}
