//! Results as a table for the terminal, with a bar for each workload from a microsecond to the budget.
//! Never a judgement, but for what the results hold already.

use std::fmt::Write as _;

use super::floor::CONNECTIONS;
use super::results::{BudgetCheck, Distribution, Results, Workload};
use crate::report::harmless;

/// How many characters the longest bar has: the whole budget.
const WIDTH: usize = 28;

/// Where bars begin, in nanoseconds.
const SHORTEST: f64 = 1_000.0;

/// The whole table.
#[must_use]
pub fn text(results: &Results) -> String {
    let mut out = String::new();
    head(&mut out, results);
    let _ = writeln!(
        out,
        "\n{:<17}{:>9}{:>9}{:>9}{:>9}{:>7}  {:>7} {:>9}  1 µs{:>budget$}",
        "",
        "p50",
        "p99",
        "p99.9",
        "max",
        "n",
        "× floor",
        "of budget",
        time(results.budget_ns),
        budget = WIDTH - 4
    );
    for workload in &results.workloads {
        row(&mut out, &workload.name, &workload.latency, Some(workload), results.budget_ns);
        if let Some(service) = &workload.service {
            row(&mut out, "  from the write", service, None, results.budget_ns);
        }
        if let Some(floor) = &workload.floor {
            row(&mut out, &format!("  floor: {}", floor.name), &floor.latency, None, results.budget_ns);
        }
    }
    throughput(&mut out, results);
    costs(&mut out, results);
    budgets(&mut out, &results.budget_checks);
    out
}

fn head(out: &mut String, results: &Results) {
    let machine = &results.machine;
    let guard = results.versions.guard.as_deref().unwrap_or("no version told");
    let digest = results.subject.sha256.as_deref().map_or("unknown", |digest| &digest[..12]);
    let _ =
        writeln!(out, "{} ({}, sha256 {digest}), {}", harmless(&results.subject.name), harmless(guard), results.day);
    let _ = writeln!(
        out,
        "{}, {} cores, {} {}",
        machine.cpu.as_deref().unwrap_or("unknown processor"),
        machine.cores,
        machine.os,
        machine.kernel.as_deref().unwrap_or("of unknown release")
    );
    if !machine.pinned {
        let _ = writeln!(out, "gateway, guard and client shared their CPUs: ratios to the floor mean little");
    }
    if let Some(ceiling) = results.gateway_per_second {
        let _ = writeln!(out, "without a guard, {CONNECTIONS} connections get {ceiling:.0} answers a second");
    }
}

fn row(out: &mut String, name: &str, times: &Distribution, workload: Option<&Workload>, budget: u64) {
    let ratio = workload.and_then(|workload| workload.ratio).map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
    // The budget is that of a scan.
    let scans = workload.filter(|workload| !["start", "proxy/start", "pipe"].contains(&workload.name.as_str()));
    let share = scans.map(|workload| percent(workload.budget_share)).unwrap_or_default();
    let _ = writeln!(
        out,
        "{name:<17}{:>9}{:>9}{:>9}{:>9}{:>7}  {ratio:>7} {share:>9}  {}",
        time(times.p50),
        time(times.p99),
        time(times.p999),
        time(times.max),
        times.n,
        bar(times, budget)
    );
}

/// Full up to the median, light up to 99 of 100, on a logarithmic scale.
fn bar(times: &Distribution, budget: u64) -> String {
    let scale = (budget as f64 / SHORTEST).max(10.0).ln();
    let place = |nanos: u64| {
        let part = (nanos as f64 / SHORTEST).max(1.0).ln() / scale;
        ((part * WIDTH as f64).round() as usize).min(WIDTH)
    };
    let (half, most) = (place(times.p50), place(times.p99));
    format!("{}{}", "█".repeat(half), "░".repeat(most - half))
}

fn throughput(out: &mut String, results: &Results) {
    let crowds = results.workloads.iter().filter(|workload| workload.achieved_per_second.is_some());
    let mut heading = Some("\nthroughput            a second\n");
    for workload in crowds {
        out.push_str(heading.take().unwrap_or_default());
        let achieved = workload.achieved_per_second.unwrap_or_default();
        let _ = write!(out, "{:<17}{achieved:>13.0}", workload.name);
        if let Some(offered) = workload.offered_per_second {
            let _ = write!(out, " of {offered:.0}");
        }
        out.push('\n');
    }
    if let Some(knee) = results.knee {
        let _ = writeln!(
            out,
            "more than {} in flight gain less than a tenth: {:.0} a second",
            knee.in_flight, knee.per_second
        );
    }
}

fn costs(out: &mut String, results: &Results) {
    if let Some(cpu) = results.cpu_per_scan_ns {
        let _ = writeln!(out, "\nCPU time of one scan{:>14}", time(cpu));
    }
    for memory in &results.memory {
        let _ = writeln!(
            out,
            "{:<24}{:>6.1} MB resident, {:>6.1} MB at most",
            format!("after {}", memory.after),
            memory.resident_kb as f64 / 1024.0,
            memory.peak_kb as f64 / 1024.0
        );
    }
}

fn budgets(out: &mut String, checks: &[BudgetCheck]) {
    let mut heading = Some("\nfailing gateway      budget  answered      over    borne\n");
    for check in checks {
        out.push_str(heading.take().unwrap_or_default());
        let over = if check.overshoot_ns == 0 { "-".to_owned() } else { time(check.overshoot_ns) };
        let _ = writeln!(
            out,
            "{:<17}{:>10}{:>10}{over:>10}{:>9}  {}",
            check.gateway,
            time(check.budget_ns),
            time(check.took_ns),
            time(check.tolerance_ns),
            if check.is_kept() { "kept" } else { "NOT KEPT" }
        );
    }
}

/// A duration with three digits.
pub(crate) fn time(nanos: u64) -> String {
    let (value, unit) = match nanos {
        0..1_000_000 => (nanos as f64 / 1e3, "µs"),
        1_000_000..1_000_000_000 => (nanos as f64 / 1e6, "ms"),
        _ => (nanos as f64 / 1e9, "s"),
    };
    let decimals = match value {
        0.0..10.0 => 2,
        10.0..100.0 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {unit}")
}

fn percent(part: f64) -> String {
    if part < 0.001 { format!("{:.4} %", part * 100.0) } else { format!("{:.1} %", part * 100.0) }
}

#[cfg(test)]
mod tests {
    use super::super::histogram::Spread;
    use super::*;
    use std::time::Duration;

    #[test]
    fn durations_are_short_and_exact_enough() {
        for (nanos, text) in [(812, "0.81 µs"), (130_400, "130 µs"), (4_102_000, "4.10 ms"), (80_000_000, "80.0 ms")]
        {
            assert_eq!(time(nanos), text);
        }
        assert_eq!(time(30_000_000_000), "30.0 s");
        assert_eq!((percent(0.000_004), percent(0.25)), ("0.0004 %".into(), "25.0 %".into()));
    }

    #[test]
    fn a_bar_reaches_its_end_at_the_budget() {
        let times = |micros: &[u64]| micros.iter().map(|micros| Duration::from_micros(*micros)).collect::<Spread>();
        let budget = 1_000_000_000;
        let drawn = |micros: &[u64]| bar(&times(micros).distribution(), budget);
        assert_eq!(drawn(&[1]), "");
        assert_eq!(drawn(&[1_000_000]).chars().count(), WIDTH);
        assert_eq!(drawn(&[9_000_000]).chars().count(), WIDTH);
        // A thousand microseconds are half of the way from one to a million.
        assert_eq!(drawn(&[1_000]).chars().count(), WIDTH / 2);
        let spread = drawn(&[1_000, 1_000, 1_000_000]);
        assert_eq!((spread.matches('█').count(), spread.matches('░').count()), (WIDTH / 2, WIDTH / 2));
    }
}
