//! The command line: words to options, errors to exit codes. What a run does is in `suite`.

mod bench;
mod compare;
mod completions;
mod fuzz;
mod list;
mod man;
mod outputs;
mod promises;
mod recorded;
mod run;

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::bench::scan::Wrong;
use crate::case::{self, Case, EDITION, Profile};
use crate::known::Pattern;
use crate::launch::LaunchError;
use crate::outcome::Exit;
use crate::report::{self, harmless};
use crate::requirement::Requirements;
use crate::selection::Selection;
use crate::subject;
use crate::suite::RunError;
use crate::yaml::BadInput;
use bench::Bench;
use compare::Compare;
use completions::Completions;
use fuzz::Fuzz;
use list::List;
use man::Man;
use recorded::{Judge, Merge, Render, Replay};
use run::Run;

/// Judges an MCP guard by what crosses the wire.
///
/// Starts the guard over stdio, plays its client and its policy gateway, and judges what both of them
/// saw. Without a command it runs the suite on the reference guard of the checkout it is started in.
#[derive(Debug, Parser)]
#[command(name = "guard-conformance", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    action: Action,
}

const EXIT_CODES: &str = "Exit codes:
  0  everything that was judged passed
  1  the guard failed a case, or a known failure is stale
  2  a file or an argument could not be used
  3  the harness or the guard's set-up could not run
  4  nothing was selected";

#[derive(Debug, Subcommand)]
enum Action {
    /// Runs the suite on a guard
    #[command(after_help = run::EXAMPLES)]
    Run(Box<Run>),
    /// Hunts with generated input, and keeps what it finds as cases
    #[command(after_help = fuzz::EXAMPLES)]
    Fuzz(Fuzz),
    /// Lists the cases, with the requirement that each one tests
    List(List),
    /// Explains a case (its requirement, its play, the sins it catches) or a finding
    Explain {
        /// A case such as `scan/deny`, or a finding such as `body-altered`
        name: String,
        #[command(flatten)]
        cases: CasesFolder,
    },
    /// Shows a recording: who sent what, and when
    Replay(Replay),
    /// Judges recordings again, without the guard
    Judge(Judge),
    /// Puts the reports of the parts of one run together
    #[command(after_help = recorded::EXAMPLES)]
    Merge(Merge),
    /// Shows reports side by side: of several guards, or of one guard over time
    Compare(Compare),
    /// Measures what a guard costs, beside the same work without it
    #[command(after_help = bench::EXAMPLES)]
    Bench(Bench),
    /// Renders the JSON report of a run in other forms
    Report(Render),
    /// Prints the JSON Schema of a file format
    Schema {
        /// Which format
        format: Format,
    },
    /// Prints what lets a shell complete these words
    #[command(hide = true)]
    Completions(Completions),
    /// Writes the man pages, one for each command
    #[command(hide = true)]
    Man(Man),
}

#[derive(Debug, Args)]
struct Filter {
    /// Only cases that fit, such as `scan/*`; can be given again
    #[arg(long = "case", value_name = "PATTERN")]
    patterns: Vec<Pattern>,
    /// Which cases: what CI runs (what `run` does by default), growth under load, or the real 30 s
    #[arg(long, value_enum)]
    profile: Option<Profile>,
    /// Only cases of this edition or older, so that new ones do not break a CI overnight
    #[arg(long, value_name = "N", default_value_t = EDITION, value_parser = clap::value_parser!(u32).range(1..=i64::from(EDITION)))]
    edition: u32,
    #[command(flatten)]
    cases: CasesFolder,
}

impl Filter {
    fn selection(&self, profile: Option<Profile>) -> Selection {
        Selection { patterns: self.patterns.clone(), profile: self.profile.or(profile), edition: self.edition }
    }
}

#[derive(Debug, Args)]
struct CasesFolder {
    /// Reads cases from this folder in place of the built-in ones
    #[arg(long = "cases", value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Case,
    Manifest,
    Report,
    Requirement,
    Scenario,
}

/// Runs the program and says how it ended.
#[must_use]
pub fn main() -> Exit {
    let mut words: Vec<_> = std::env::args_os().collect();
    if words.len() < 2 {
        words.push("run".into());
    }
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors, and clap knows which stream each belongs to.
            let _closed = error.print();
            return if error.use_stderr() { Exit::BadInput } else { Exit::Success };
        }
    };
    let done = match cli.action {
        Action::Run(run) => run.go(),
        Action::Fuzz(fuzz) => fuzz.go(),
        Action::List(list) => list.go(),
        Action::Explain { name, cases } => list::explain(&name, &cases),
        Action::Replay(replay) => replay.go(),
        Action::Judge(judge) => judge.go(),
        Action::Merge(merge) => merge.go(),
        Action::Compare(compare) => compare.go(),
        Action::Bench(bench) => bench.go(),
        Action::Report(render) => render.go(),
        Action::Schema { format } => schema(format),
        Action::Completions(completions) => completions.go(),
        Action::Man(man) => man.go(),
    };
    match done {
        Ok(exit) => exit,
        Err(error) => {
            let mut stderr = anstream::stderr();
            for line in format!("guard-conformance: {}", told(&error)).lines() {
                let _closed = writeln!(stderr, "{}", harmless(line));
            }
            exit_of(&error)
        }
    }
}

/// An error with its causes; one that its effect has quoted already is not told again.
fn told(error: &anyhow::Error) -> String {
    let causes = error.chain().map(ToString::to_string);
    causes
        .reduce(|told, cause| if told.contains(&cause) { told } else { format!("{told}: {cause}") })
        .unwrap_or_default()
}

fn exit_of(error: &anyhow::Error) -> Exit {
    if let Some(error) = error.downcast_ref::<RunError>() {
        error.exit()
    } else if error.downcast_ref::<Wrong>().is_some() {
        Exit::GuardFailed
    } else if error.downcast_ref::<io::Error>().is_some() || error.downcast_ref::<LaunchError>().is_some() {
        Exit::CouldNotRun
    } else {
        Exit::BadInput
    }
}

fn load(cases: &CasesFolder) -> Result<(Requirements, Vec<Case>), BadInput> {
    let requirements = Requirements::embedded()?;
    let cases = case::load(cases.folder.as_deref(), &requirements)?;
    Ok((requirements, cases))
}

fn schema(format: Format) -> anyhow::Result<Exit> {
    let schema = match format {
        Format::Case => case::schema(),
        Format::Manifest => subject::schema(),
        Format::Report => report::json::schema(),
        Format::Requirement => schemars::schema_for!(Vec<crate::requirement::Requirement>),
        Format::Scenario => mock_gateway::scenario::schema(),
    };
    writeln!(io::stdout(), "{}", serde_json::to_string_pretty(&schema).context("cannot print the schema")?)?;
    Ok(Exit::Success)
}
