//! Guards side by side, from their stored results: what each costs beside its own floor, and what it takes of the
//! machine that they share. Never results of different machines, and never which guard is the better one.

use std::fmt::Write as _;

use anyhow::ensure;

use super::results::Results;
use super::table::time;
use super::trend::{same_machine, words};
use crate::report::harmless;

/// The heads of the columns. `×` is p50 to the p50 of that floor; what has no floor is a figure of the machine that
/// stands below the table.
const HEADS: [&str; 9] =
    ["guard", "version", "start", "scan", "64 KB", "proxied call", "knee, a second", "CPU of a scan", "memory"];

/// One table of all of them, one row each, in Markdown that is aligned for the terminal too.
///
/// # Errors
/// They come from different machines.
pub fn text(results: &[Results]) -> anyhow::Result<String> {
    let Some(first) = results.first() else { return Ok(String::new()) };
    for other in results {
        ensure!(
            same_machine(&first.machine, &other.machine),
            "{} was measured on another machine than {} ({}; {}); measure both on one",
            harmless(&other.subject.name),
            harmless(&first.subject.name),
            words(&other.machine),
            words(&first.machine)
        );
    }
    let rows: Vec<[String; HEADS.len()]> =
        std::iter::once(HEADS.map(str::to_owned)).chain(results.iter().map(row)).collect();
    let widths: [usize; HEADS.len()] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default());
    let mut out = String::new();
    for (number, row) in rows.iter().enumerate() {
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            let _ = if is_text(column) { write!(out, "| {cell:width$} ") } else { write!(out, "| {cell:>width$} ") };
        }
        out.push_str("|\n");
        if number == 0 {
            for (column, width) in widths.into_iter().enumerate() {
                let dashes = "-".repeat(width + 1);
                let _ = if is_text(column) { write!(out, "|{dashes}-") } else { write!(out, "|{dashes}:") };
            }
            out.push_str("|\n");
        }
    }
    let _ = writeln!(out, "\n{}, {}{}", words(&first.machine), days(results), hurry(results));
    Ok(out)
}

/// The columns that hold names.
const fn is_text(column: usize) -> bool {
    column < 2
}

fn row(results: &Results) -> [String; HEADS.len()] {
    let ratio = |name: &str| {
        let workload = results.workload(name)?;
        Some(format!("{:.2} × {}", workload.ratio?, workload.floor.as_ref()?.name))
    };
    let start = results.workload("start").or(results.workload("proxy/start"));
    // The most of all that it did; in its two roles a guard does not do the same.
    let peak = results.memory.iter().map(|memory| memory.peak_kb).max();
    let knee = results.knee.map(|knee| format!("{:.0} ({} in flight)", knee.per_second, knee.in_flight));
    let cells = [
        start.map(|start| time(start.latency.p50)),
        ratio("scan"),
        ratio("body/64KB"),
        ratio("proxy/call"),
        knee,
        results.cpu_per_scan_ns.map(time),
        peak.map(|kb| format!("{:.1} MB", kb as f64 / 1024.0)),
    ]
    .map(|cell| cell.unwrap_or_else(|| "-".to_owned()));
    let [start, scan, body, call, knee, cpu, memory] = cells;
    let version = results.versions.guard.as_deref().unwrap_or("-");
    [named(&results.subject.name), named(version), start, scan, body, call, knee, cpu, memory]
}

/// What a guard says of itself, where it can break no table.
fn named(text: &str) -> String {
    harmless(text).replace('|', "\\|")
}

fn days(results: &[Results]) -> String {
    let mut days: Vec<&str> = results.iter().map(|results| results.day.as_str()).collect();
    days.sort_unstable();
    days.dedup();
    days.join(", ")
}

fn hurry(results: &[Results]) -> &'static str {
    if results.iter().any(|results| results.quick) { ", measured in a hurry" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::super::results::{Knee, Memory};
    use super::super::trend::tests::result;
    use super::*;

    fn named_result(name: &str, cpu: &str, ratios: &[(&str, Option<f64>)]) -> Results {
        let mut results = result("2026-11-23", cpu, "aaaaaaaaaa", ratios);
        results.subject.name = name.to_owned();
        results
    }

    #[test]
    fn each_guard_has_a_row_beside_its_own_floor() {
        let mut ours = named_result("ours", "A", &[("start", None), ("scan", Some(2.5)), ("body/64KB", Some(3.5))]);
        ours.versions.guard = Some("mcp-guard 0.1.0".to_owned());
        ours.knee = Some(Knee { in_flight: 16, per_second: 9788.4 });
        ours.cpu_per_scan_ns = Some(153_000);
        let memory = |peak_kb| Memory { after: "scan".to_owned(), scans: 1, resident_kb: 1, peak_kb };
        ours.memory = vec![memory(5 << 10), memory(7 << 10), memory(6 << 10)];
        let mut other = named_result("a|proxy", "A", &[("proxy/start", None), ("proxy/call", Some(12.0))]);
        other.quick = true;
        insta::assert_snapshot!(text(&[ours, other]).unwrap(), @r"
        | guard    | version         |  start |        scan |       64 KB | proxied call |      knee, a second | CPU of a scan | memory |
        |----------|-----------------|-------:|------------:|------------:|-------------:|--------------------:|--------------:|-------:|
        | ours     | mcp-guard 0.1.0 | 200 µs | 2.50 × post | 3.50 × post |            - | 9788 (16 in flight) |        153 µs | 7.0 MB |
        | a\|proxy | -               | 200 µs |           - |           - | 12.00 × post |                   - |             - |      - |

        A, 2 cores, linux, 2026-11-23, measured in a hurry
        ");
    }

    #[test]
    fn guards_of_two_machines_do_not_stand_side_by_side() {
        let results = [named_result("one", "A", &[]), named_result("two", "B", &[])];
        let told = text(&results).unwrap_err().to_string();
        assert!(told.starts_with("two was measured on another machine than one (B, 2 cores, linux; A"), "{told}");
    }
}
