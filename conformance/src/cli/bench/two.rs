//! `bench ab` and `bench aa`: two guards in turns, and how far that can be trusted.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::tell;
use crate::bench::ab::{self, Extent};
use crate::bench::machine::Cpus;
use crate::bench::sides::{self, FalseAlarms, Sides, Slower};
use crate::outcome::Exit;
use crate::subject::Subject;

/// What is drawn is the same each time: a result does not change by being looked at again.
const SEED: u64 = 7;

#[derive(Debug, Args)]
pub(super) struct Ab {
    /// The command of the guard that is compared with, as a shell reads it
    #[arg(long, value_name = "COMMAND", value_parser = words)]
    base: Words,
    /// The command of the guard that may have become slower
    #[arg(long, value_name = "COMMAND", value_parser = words)]
    head: Words,
    /// By how much head may be slower
    #[arg(long, value_name = "PERCENT", default_value = "5%", value_parser = percent)]
    threshold: f64,
    /// Measures less, in some seconds
    #[arg(long)]
    quick: bool,
    /// Stores what was measured as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Aa {
    /// What `bench ab` stored when it compared a guard with itself
    #[arg(value_name = "RESULTS")]
    results: PathBuf,
    /// How many runs are simulated from it
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    runs: u32,
    /// As that of `bench ab`
    #[arg(long, value_name = "PERCENT", default_value = "5%", value_parser = percent)]
    threshold: f64,
}

/// A command line in words.
#[derive(Debug, Clone)]
struct Words(Vec<String>);

impl Ab {
    pub(super) fn go(&self) -> anyhow::Result<Exit> {
        let here = std::env::current_dir().context("cannot tell the current folder")?;
        let subject = |words: &Words| Subject::from_command(&words.0, &here);
        writeln!(io::stderr(), "{}", Cpus::choose().words())?;
        let extent = if self.quick { Extent::QUICK } else { Extent::FULL };
        let sides = ab::run(subject(&self.base), subject(&self.head), extent, &mut tell)?;
        if let Some(path) = &self.json {
            sides.save(path)?;
        }
        let slower = Slower::of(&sides.ratios(), SEED);
        let scans: usize = sides.quads.iter().map(|quad| quad.base.len() + quad.head.len()).sum();
        let mut out = anstream::stdout();
        writeln!(out, "{scans} scans in {} quads", sides.quads.len())?;
        writeln!(out, "{}", slower.sentence(self.threshold))?;
        Ok(if slower.is_regression(self.threshold) { Exit::GuardFailed } else { Exit::Success })
    }
}

impl Aa {
    pub(super) fn go(&self) -> anyhow::Result<Exit> {
        let ratios = Sides::load(&self.results)?.ratios();
        let FalseAlarms { runs, beyond_threshold, different } =
            sides::false_alarms(&ratios, self.runs, self.threshold, SEED);
        let part = |count: u32| 100.0 * f64::from(count) / f64::from(runs);
        let mut out = anstream::stdout();
        writeln!(out, "{runs} runs of a guard against itself, simulated from {} quads of a real one:", ratios.len())?;
        writeln!(
            out,
            "{beyond_threshold} ({:.1} %) called it slower by more than {:.0} %",
            part(beyond_threshold),
            self.threshold * 100.0
        )?;
        writeln!(out, "{different} ({:.1} %) called it slower or faster at all; 5 % should", part(different))?;
        Ok(Exit::Success)
    }
}

fn words(text: &str) -> Result<Words, String> {
    match shlex::split(text) {
        Some(words) if !words.is_empty() => Ok(Words(words)),
        _ => Err("no command that a shell could read".to_owned()),
    }
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim();
    let percent = number.parse::<f64>().map_err(|error| error.to_string())?;
    if (0.0..=1_000.0).contains(&percent) { Ok(percent / 100.0) } else { Err("must lie between 0 and 1000".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_a_percentage() {
        assert_eq!(percent("5%"), Ok(0.05));
        assert_eq!(percent("12.5"), Ok(0.125));
        for wrong in ["-1%", "NaN", "much"] {
            assert!(percent(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_command_is_read_as_a_shell_does() {
        assert_eq!(words("guard --name 'a b'").unwrap().0, ["guard", "--name", "a b"]);
        assert!(words("").is_err() && words("guard 'open").is_err());
    }
}
