//! `guard-conformance bench`: which guard is measured, for how long, and where the results go.

mod compare;
mod trend;
mod two;

use std::io::{self, Write};
use std::path::PathBuf;
use std::slice;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};

use super::run::make_ready;
use crate::bench::machine::Cpus;
use crate::bench::plan::Plan;
use crate::bench::results::BudgetCheck;
use crate::bench::{picture, run, table};
use crate::outcome::Exit;
use crate::subject::Subject;
use compare::Compare;
use mock_gateway::scenario::Period;
use trend::Trend;
use two::{Aa, Ab};

pub(super) const EXAMPLES: &str = "Examples:
  guard-conformance bench --quick -- ./my-guard --stdio
  guard-conformance bench --manifest guard.yaml --json results.json
  guard-conformance bench --rate 100 --rate 2000 -- npx -y @example/guard
  guard-conformance bench ab --base ./guard-before --head ./guard-after --threshold 5%
  guard-conformance bench compare ours.json theirs.json
  guard-conformance bench trend monday.json friday.json --html trend.html

Every answer is checked, and a wrong one ends the bench with exit code 1. So does, at its end, a guard that
answered later than its budget and what is borne with, when the gateway failed.";

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Bench {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    subject: SubjectWords,
    /// Measures less of everything, in less than half a minute
    #[arg(long)]
    quick: bool,
    /// Stores the results as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draws the results on a page of HTML
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// How long one scan may take, as the guard is told it
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time)]
    budget: Duration,
    /// Scans a second of the open loop; can be given again
    #[arg(long, value_name = "N", value_parser = rate)]
    rate: Vec<f64>,
    /// Meets a failing gateway with the real 30 s too
    #[arg(long)]
    slow: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Measures two guards in turns, and says whether the second is slower
    Ab(Ab),
    /// Sets guards side by side, from stored results of one machine
    Compare(Compare),
    /// Shows what has changed about a guard, from stored results
    Trend(Trend),
    /// Says how often `ab` would call a guard slower than itself
    #[command(hide = true)]
    Aa(Aa),
}

#[derive(Debug, Args)]
struct SubjectWords {
    /// The guard's manifest
    #[arg(long, value_name = "FILE", conflicts_with = "command")]
    manifest: Option<PathBuf>,
    /// Runs the manifest's set-up commands; those of bundled manifests always run
    #[arg(long)]
    setup: bool,
    /// The command that starts the guard: in the proxy role with `{upstream}` where the server goes that it
    /// fronts, else in the scan role
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

impl SubjectWords {
    fn subject(&self) -> anyhow::Result<Subject> {
        let here = std::env::current_dir().context("cannot tell the current folder")?;
        if !self.command.is_empty() {
            return Ok(Subject::from_command(&self.command, &here));
        }
        let manifest = self.manifest.clone().or_else(|| Subject::reference_manifest(&here));
        let manifest =
            manifest.ok_or_else(|| anyhow!("no guard to measure: give its command after `--`, or --manifest FILE"))?;
        let mut subject = Subject::from_manifest(&manifest)?;
        make_ready(&mut subject, self.setup)?;
        Ok(subject)
    }
}

impl Bench {
    pub(super) fn go(self) -> anyhow::Result<Exit> {
        match &self.action {
            Some(Action::Ab(ab)) => return ab.go(),
            Some(Action::Compare(compare)) => return compare.go(),
            Some(Action::Trend(trend)) => return trend.go(),
            Some(Action::Aa(aa)) => return aa.go(),
            None => {}
        }
        let subject = self.subject.subject()?;
        let mut plan = if self.quick { Plan::quick() } else { Plan::full() };
        if !self.rate.is_empty() {
            plan.rates.clone_from(&self.rate);
        }
        if self.slow {
            plan.budgets.push(Duration::from_secs(30));
        }
        writeln!(io::stderr(), "{}: {}", subject.name, Cpus::choose().words())?;
        let results = run::run(subject, self.budget, &plan, &mut tell)?;
        if let Some(path) = &self.json {
            results.save(path)?;
        }
        if let Some(path) = &self.html {
            picture::save(path, slice::from_ref(&results))?;
        }
        anstream::stdout().write_all(table::text(&results).as_bytes())?;
        let kept = results.budget_checks.iter().all(BudgetCheck::is_kept);
        Ok(if kept { Exit::Success } else { Exit::GuardFailed })
    }
}

/// Says on stderr what is measured next.
fn tell(phase: &str) {
    // Whoever does not look at it misses nothing.
    let _closed = writeln!(io::stderr(), "measuring: {phase}");
}

fn time(text: &str) -> Result<Duration, String> {
    text.parse::<Period>().map(Period::get).map_err(|error| error.to_string())
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().map_err(|error| error.to_string())?;
    if (0.1..=100_000.0).contains(&rate) { Ok(rate) } else { Err("must lie between 0.1 and 100000".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_of_scans_that_can_be_sent() {
        assert_eq!(rate("0.5"), Ok(0.5));
        for wrong in ["0", "-1", "NaN", "inf", "many"] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
        assert_eq!(time("250ms"), Ok(Duration::from_millis(250)));
        assert!(time("soon").is_err());
    }
}
