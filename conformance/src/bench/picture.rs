//! Results as one page that needs nothing but itself: how much of the budget is spent, how latencies are
//! spread, what load does to them, and what has changed. All of it is there without a script, and what
//! was measured on different machines is never in one picture.

mod budget;
mod chart;
mod curves;
mod history;
mod load;
mod scale;

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::results::{Machine, Results};
use super::trend::{self, Trend};
use crate::report::html::text::Shown;
use curves::Named;

const STYLE: &str = include_str!("picture/page.css");

/// The page. Of each guard, the newest results on each machine are drawn; older ones are in its trend.
#[must_use]
pub fn page(results: &[Results]) -> String {
    let mut page = head(results);
    for (machine, newest) in by_machine(results) {
        let _infallible = writeln!(page, "<section>\n<h2>{}</h2>", Shown(&trend::words(machine)));
        for one in &newest {
            page += &budget::table(one);
        }
        for workload in compared(&newest) {
            let spreads = spreads(&newest, workload);
            page += "<div class=\"pair\">\n";
            page += &curves::percentiles(format!("{workload}: latency by how rare it is"), &spreads).figure();
            page += &curves::cumulative(format!("{workload}: share of answers within a time"), &spreads).figure();
            page += "</div>\n";
        }
        for one in &newest {
            let charts: Vec<_> = [load::rates(one), load::flights(one)].into_iter().flatten().collect();
            if !charts.is_empty() {
                page += "<div class=\"pair\">\n";
                page.extend(charts.iter().map(chart::Chart::figure));
                page += "</div>\n";
            }
        }
        page += "</section>\n";
    }
    let history: String = Trend::of(results).iter().flat_map(history::charts).map(|chart| chart.figure()).collect();
    if !history.is_empty() {
        let _infallible =
            write!(page, "<section>\n<h2>Trend</h2>\n<div class=\"pair\">\n{history}</div>\n</section>\n");
    }
    page + "</main>\n</body>\n</html>\n"
}

/// Stores the page.
///
/// # Errors
/// The file cannot be written.
pub fn save(path: &Path, results: &[Results]) -> anyhow::Result<()> {
    std::fs::write(path, page(results)).with_context(|| format!("cannot write {}", path.display()))
}

fn head(results: &[Results]) -> String {
    let mut names: Vec<&str> = results.iter().map(|one| one.subject.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let title = format!("What a scan costs: {}", names.join(", "));
    // The page may use its own style, known by its digest, and nothing else at all.
    let digest = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{digest}'; \
         base-uri 'none'; form-action 'none'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n",
        title = Shown(&title)
    )
}

/// Of every guard the newest results on each machine, by machine. A kernel of another release makes it
/// another one here: it may make all times others.
fn by_machine(results: &[Results]) -> Vec<(&Machine, Vec<&Results>)> {
    let mut ordered: Vec<&Results> = results.iter().collect();
    ordered.sort_by(|one, other| one.day.cmp(&other.day));
    let mut newest: Vec<&Results> = Vec::new();
    for one in ordered {
        newest.retain(|other| !trend::belong_together(other, one));
        newest.push(one);
    }
    let mut machines: Vec<(&Machine, Vec<&Results>)> = Vec::new();
    for one in newest {
        match machines.iter_mut().find(|(machine, _)| **machine == one.machine) {
            Some((_, guards)) => guards.push(one),
            None => machines.push((&one.machine, vec![one])),
        }
    }
    machines
}

/// The workloads that are drawn: those of one scan, of the start and of the proxy. Bodies and gateways
/// stand in the table.
fn compared<'a>(newest: &[&'a Results]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for workload in newest.iter().flat_map(|one| &one.workloads) {
        let is_one = workload.name == "scan" || workload.name == "start" || workload.name.starts_with("proxy/");
        if is_one && !names.contains(&workload.name.as_str()) {
            names.push(&workload.name);
        }
    }
    names
}

/// Every guard's latencies, each guard's floor beside them.
fn spreads<'a>(newest: &[&'a Results], workload: &str) -> Vec<Named<'a>> {
    let mut spreads = Vec::new();
    for one in newest {
        let Some(workload) = one.workload(workload) else { continue };
        spreads.push((one.subject.name.clone(), &workload.latency));
        if let Some(floor) = &workload.floor {
            spreads.push((format!("{}'s floor, {}", one.subject.name, floor.name), &floor.latency));
        }
    }
    spreads
}

/// Nanoseconds with two digits at least, and the unit that fits.
fn time(nanos: f64) -> String {
    let (value, unit) = match nanos {
        ..1e3 => (nanos, "ns"),
        ..1e6 => (nanos / 1e3, "µs"),
        ..1e9 => (nanos / 1e6, "ms"),
        _ => (nanos / 1e9, "s"),
    };
    let text = if value < 10.0 {
        format!("{value:.2}")
    } else if value < 100.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    };
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} {unit}")
}

#[cfg(test)]
mod tests;
