//! Ratios to the floor over time, from stored results: what changed about a guard, whatever the day was
//! like for the machine. Never times, and never results of different machines in one row.

use std::fmt::Write as _;

use super::results::{Machine, Results};
use crate::report::harmless;

/// What one guard came to on one machine, run after run.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    /// Who was measured.
    pub subject: String,
    /// Where; of its kernel, the newest.
    pub machine: Machine,
    /// When, and what: oldest first.
    pub runs: Vec<Run>,
    /// The workloads that have a floor, in the order of the newest run.
    pub rows: Vec<Row>,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// `2026-11-23`.
    pub day: String,
    /// The beginning of the digest of the program's file; `?` where that is not known.
    pub digest: String,
    /// Whether it was a short one, which says less.
    pub quick: bool,
}

/// One workload.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its name.
    pub workload: String,
    /// Its ratio to the floor in each run that measured it.
    pub ratios: Vec<Option<f64>>,
}

impl Trend {
    /// Sorts results by guard and machine, and each of these by day; of one day, as they were given.
    #[must_use]
    pub fn of(results: &[Results]) -> Vec<Self> {
        let mut ordered: Vec<&Results> = results.iter().collect();
        ordered.sort_by(|one, other| one.day.cmp(&other.day));
        let mut groups: Vec<Vec<&Results>> = Vec::new();
        for result in ordered {
            match groups.iter_mut().find(|group| belong_together(group[0], result)) {
                Some(group) => group.push(result),
                None => groups.push(vec![result]),
            }
        }
        groups.iter().filter_map(|group| Self::of_one(group)).collect()
    }

    fn of_one(results: &[&Results]) -> Option<Self> {
        let newest = results.last()?;
        // What a newer run has first, then what only older ones had.
        let mut names: Vec<&str> = Vec::new();
        for workload in results.iter().rev().flat_map(|result| &result.workloads) {
            if workload.ratio.is_some() && !names.contains(&workload.name.as_str()) {
                names.push(&workload.name);
            }
        }
        let ratios = |name: &str| results.iter().map(|result| result.workload(name)?.ratio).collect();
        Some(Self {
            subject: newest.subject.name.clone(),
            machine: newest.machine.clone(),
            runs: results.iter().map(|result| Run::of(result)).collect(),
            rows: names.iter().map(|name| Row { workload: (*name).to_owned(), ratios: ratios(name) }).collect(),
        })
    }
}

impl Run {
    fn of(result: &Results) -> Self {
        let digest = result.subject.sha256.as_deref().unwrap_or("?");
        Self { day: result.day.clone(), digest: digest.chars().take(7).collect(), quick: result.quick }
    }
}

impl Row {
    /// The last ratio as a part of the first, 1.1 for a tenth more; `None` where there are not two.
    #[must_use]
    pub fn change(&self) -> Option<f64> {
        let mut known = self.ratios.iter().flatten();
        let first = known.next()?;
        known.next_back().map(|last| last / first)
    }
}

/// Whether ratios of both may stand in one row.
pub(super) fn belong_together(one: &Results, other: &Results) -> bool {
    one.subject.name == other.subject.name && same_machine(&one.machine, &other.machine)
}

/// Whether both are one machine: a kernel that was renewed makes no other one of it.
pub(super) fn same_machine(one: &Machine, other: &Machine) -> bool {
    let place = |machine: &Machine| (machine.os.clone(), machine.cpu.clone(), machine.cores, machine.pinned);
    place(one) == place(other)
}

/// A machine in words.
#[must_use]
pub fn words(machine: &Machine) -> String {
    let Machine { os, cpu, cores, pinned, .. } = machine;
    let cpu = cpu.as_deref().unwrap_or("unknown processor");
    let shared = if *pinned { "" } else { ", CPUs shared: ratios mean little" };
    harmless(&format!("{cpu}, {cores} cores, {os}{shared}"))
}

/// How many columns a run takes.
const WIDTH: usize = 12;

/// Trends as tables for the terminal.
#[must_use]
pub fn text(trends: &[Trend]) -> String {
    let mut out = String::new();
    for (index, Trend { subject, machine, runs, rows }) in trends.iter().enumerate() {
        let gap = if index == 0 { "" } else { "\n" };
        let _ = writeln!(out, "{gap}{}: p50 to the floor's p50\n{}", harmless(subject), words(machine));
        let line = |cell: &dyn Fn(&Run) -> String| -> String {
            runs.iter().map(|run| format!("{:>WIDTH$}", harmless(&cell(run)))).collect()
        };
        let width = rows.iter().map(|row| row.workload.chars().count()).max().unwrap_or_default().max(8);
        let _ = writeln!(out, "{:width$}{}", "day", line(&|run| run.day.clone()));
        let _ = writeln!(out, "{:width$}{}", "sha256", line(&|run| run.digest.clone()));
        if runs.iter().any(|run| run.quick) {
            let _ =
                writeln!(out, "{:width$}{}", "", line(&|run| if run.quick { "quick".into() } else { String::new() }));
        }
        for row in rows {
            let cells: String = row
                .ratios
                .iter()
                .map(|ratio| ratio.map_or_else(|| format!("{:>WIDTH$}", "-"), |ratio| format!("{ratio:>WIDTH$.2}")))
                .collect();
            let change = row.change().map(percent).unwrap_or_default();
            let _ = writeln!(out, "{:width$}{cells}  {} {change}", harmless(&row.workload), bars(&row.ratios));
        }
    }
    out
}

fn percent(change: f64) -> String {
    format!("{:+.0} %", (change - 1.0) * 100.0)
}

/// A bar for each run, as high as its ratio is beside the highest.
fn bars(ratios: &[Option<f64>]) -> String {
    const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let highest = ratios.iter().flatten().copied().fold(f64::MIN_POSITIVE, f64::max);
    let bar = |ratio: f64| STEPS[((ratio / highest * 8.0).ceil() as usize).clamp(1, 8) - 1];
    ratios.iter().map(|ratio| ratio.map_or(' ', bar)).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::results::{Distribution, Floor, SCHEMA, Subject, Versions, Workload};
    use super::*;

    fn distribution(p50: u64) -> Distribution {
        Distribution {
            n: 2,
            min: p50,
            p50,
            p90: p50,
            p99: 2 * p50,
            p999: 2 * p50,
            max: 2 * p50,
            histogram: vec![(p50, 1), (2 * p50, 1)],
        }
    }

    fn workload(name: &str, ratio: Option<f64>) -> Workload {
        Workload {
            name: name.to_owned(),
            unit: "ns".to_owned(),
            latency: distribution(200_000),
            service: None,
            floor: ratio.map(|_| Floor { name: "post".to_owned(), latency: distribution(100_000) }),
            ratio,
            budget_share: 0.01,
            offered_per_second: None,
            achieved_per_second: None,
            in_flight: None,
        }
    }

    /// A run with these ratios.
    pub(in crate::bench) fn result(day: &str, cpu: &str, digest: &str, ratios: &[(&str, Option<f64>)]) -> Results {
        Results {
            schema: SCHEMA,
            day: day.to_owned(),
            quick: false,
            budget_ns: 30_000_000_000,
            machine: Machine {
                os: "linux".into(),
                cpu: Some(cpu.to_owned()),
                cores: 2,
                kernel: Some(day.to_owned()),
                pinned: true,
            },
            versions: Versions { harness: "0.1.0".into(), guard: None },
            subject: Subject { name: "guard".into(), command: vec!["guard".into()], sha256: Some(digest.to_owned()) },
            gateway_per_second: None,
            workloads: ratios.iter().map(|(name, ratio)| workload(name, *ratio)).collect(),
            knee: None,
            cpu_per_scan_ns: None,
            memory: Vec::new(),
            budget_checks: Vec::new(),
        }
    }

    #[test]
    fn runs_stand_in_the_order_of_their_days_and_machines_apart() {
        let trends = Trend::of(&[
            result("2026-11-23", "A", "cccccccccc", &[("scan", Some(1.5)), ("start", None)]),
            result("2026-11-21", "A", "aaaaaaaaaa", &[("scan", Some(2.0)), ("old", Some(3.0))]),
            result("2026-11-22", "B", "bbbbbbbbbb", &[("scan", Some(9.0))]),
        ]);
        assert_eq!(trends.len(), 2);
        let digests: Vec<_> = trends[0].runs.iter().map(|run| run.digest.as_str()).collect();
        assert_eq!(digests, ["aaaaaaa", "ccccccc"], "a kernel of another release is the same machine");
        assert_eq!(
            trends[0].rows,
            [
                Row { workload: "scan".into(), ratios: vec![Some(2.0), Some(1.5)] },
                Row { workload: "old".into(), ratios: vec![Some(3.0), None] },
            ]
        );
        assert_eq!((trends[0].rows[0].change(), trends[0].rows[1].change()), (Some(0.75), None));
        assert_eq!(trends[1].machine.cpu.as_deref(), Some("B"));
    }

    #[test]
    fn a_table_tells_ratios_and_never_times() {
        let trends = Trend::of(&[
            result("2026-11-21", "A", "aaaaaaaaaa", &[("scan", Some(2.0))]),
            result("2026-11-22", "A", "bbbbbbbbbb", &[]),
            result("2026-11-23", "A", "cccccccccc", &[("scan", Some(1.5))]),
        ]);
        insta::assert_snapshot!(text(&trends), @r"
        guard: p50 to the floor's p50
        A, 2 cores, linux
        day       2026-11-21  2026-11-22  2026-11-23
        sha256       aaaaaaa     bbbbbbb     ccccccc
        scan            2.00           -        1.50  █ ▆ -25 %
        ");
    }
}
