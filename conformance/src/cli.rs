//! The command line: words to options, errors to exit codes. What a run does is in `suite`.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use anyhow::{Context, anyhow};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::case::{self, Case, EDITION, Kind, Profile, Role};
use crate::event::Event;
use crate::finding::Code;
use crate::known::Pattern;
use crate::outcome::Exit;
use crate::report::json::Json;
use crate::report::terminal::Terminal;
use crate::report::{Report, harmless};
use crate::requirement::Requirements;
use crate::selection::Selection;
use crate::subject::Subject;
use crate::suite::{self, Options, RunError};
use crate::version::{Scope, Version};
use crate::yaml::BadInput;
use crate::{report, subject};

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
    #[command(after_help = RUN_EXAMPLES)]
    Run(Run),
    /// Lists the cases, with the requirement that each one tests
    List(List),
    /// Explains a case (its requirement, its play, the sins it catches) or a finding
    Explain {
        /// A case such as `scan/deny`, or a finding such as `body-altered`
        name: String,
        #[command(flatten)]
        cases: CasesFolder,
    },
    /// Prints the JSON Schema of a file format
    Schema {
        /// Which format
        format: Format,
    },
}

const RUN_EXAMPLES: &str = "Examples:
  guard-conformance run -- npx -y @example/guard
  guard-conformance run --manifest guard.yaml --case 'failure/*' --json report.json
  guard-conformance run --strict -- ./my-guard --stdio";

#[derive(Debug, Args)]
struct Run {
    /// The guard's manifest
    #[arg(long, value_name = "FILE", conflicts_with = "command")]
    manifest: Option<PathBuf>,
    /// Runs the manifest's set-up commands; those of bundled manifests always run
    #[arg(long)]
    setup: bool,
    #[command(flatten)]
    filter: Filter,
    /// Plays in this MCP version only; can be given again. By default in all that the manifest declares
    #[arg(long, value_name = "VERSION")]
    mcp: Vec<Version>,
    /// Fails on a SHOULD that is not met
    #[arg(long)]
    strict: bool,
    /// Decides everything that is random; another one each time by default
    #[arg(long, value_name = "N")]
    seed: Option<u32>,
    /// How many plays go on at once; as many as there are processors by default
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Writes the report as JSON; `-` is stdout
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Keeps the recording of every play in this folder
    #[arg(long, value_name = "FOLDER")]
    record: Option<PathBuf>,
    /// The command that starts the guard, in the scan role
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    filter: Filter,
    /// As the Markdown table that is published with the cases
    #[arg(long)]
    markdown: bool,
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
        Action::List(list) => list.go(),
        Action::Explain { name, cases } => explain(&name, &cases),
        Action::Schema { format } => schema(format),
    };
    match done {
        Ok(exit) => exit,
        Err(error) => {
            let mut stderr = anstream::stderr();
            let text = format!("guard-conformance: {error:#}");
            for line in text.lines() {
                let _closed = writeln!(stderr, "{}", harmless(line));
            }
            exit_of(&error)
        }
    }
}

fn exit_of(error: &anyhow::Error) -> Exit {
    if let Some(error) = error.downcast_ref::<RunError>() {
        error.exit()
    } else if error.downcast_ref::<io::Error>().is_some() {
        Exit::CouldNotRun
    } else {
        Exit::BadInput
    }
}

impl Run {
    fn go(self) -> anyhow::Result<Exit> {
        let (requirements, cases) = load(&self.filter.cases)?;
        let subject = self.subject()?.narrowed(&self.mcp).map_err(|what| anyhow!(what))?;
        let options = self.options();
        if !subject.setup.is_empty() && (self.setup || subject.bundled) {
            for command in &subject.setup {
                writeln!(io::stderr(), "set-up: {}", command.join(" "))?;
            }
            suite::set_up(&subject)?;
        } else if !subject.setup.is_empty() {
            writeln!(io::stderr(), "the manifest's set-up was not run; give --setup if you trust it")?;
        }
        let mut reports = self.reports()?;
        let mut failed = Ok(());
        let tell = |event: Event| {
            for report in &mut reports {
                let told = report.tell(&event);
                if failed.is_ok() {
                    failed = told;
                }
            }
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start")?;
        let run = suite::run(subject, &cases, &requirements, &options, tell);
        let exit = runtime.block_on(async {
            tokio::select! {
                run = run => Ok(run?),
                // Dropping the run kills its guards and removes its folders.
                () = interrupted() => Err(anyhow!(io::Error::new(io::ErrorKind::Interrupted, "interrupted"))),
            }
        })?;
        failed.context("cannot write the report")?;
        Ok(exit)
    }

    fn subject(&self) -> anyhow::Result<Subject> {
        let here = std::env::current_dir().context("cannot tell the current folder")?;
        if !self.command.is_empty() {
            let versions = if self.mcp.is_empty() { ", to speak MCP 2025-11-25 (see --mcp)," } else { "" };
            writeln!(io::stderr(), "no manifest: taken to have the scan role{versions} and the contract's tool names")?;
            return Ok(Subject::from_command(&self.command, &here));
        }
        let manifest = match &self.manifest {
            Some(path) => path.clone(),
            None => Subject::reference_manifest(&here).ok_or_else(|| {
                anyhow!(
                    "no guard to run: give its command after `--`, or --manifest FILE (the reference guard is only \
                     found from inside a checkout of the workspace)"
                )
            })?,
        };
        Ok(Subject::from_manifest(&manifest, Role::Scan)?)
    }

    fn options(&self) -> Options {
        let mut rerun: Vec<String> =
            vec![std::env::args().next().unwrap_or_else(|| "guard-conformance".into()), "run".into()];
        if self.strict {
            rerun.push("--strict".into());
        }
        if self.setup {
            rerun.push("--setup".into());
        }
        let defaults = Options::default();
        let seed = self.seed.unwrap_or(defaults.seed);
        rerun.extend(["--seed".into(), seed.to_string()]);
        if let Some(profile) = self.filter.profile.and_then(|profile| profile.to_possible_value()) {
            rerun.extend(["--profile".into(), profile.get_name().to_owned()]);
        }
        if self.filter.edition != EDITION {
            rerun.extend(["--edition".into(), self.filter.edition.to_string()]);
        }
        if let Some(folder) = &self.filter.cases.folder {
            rerun.extend(["--cases".into(), folder.to_string_lossy().into_owned()]);
        }
        Options {
            selection: self.filter.selection(Some(Profile::Default)),
            versions: self.mcp.clone(),
            strict: self.strict,
            seed,
            jobs: self.jobs.unwrap_or(defaults.jobs),
            record: self.record.clone(),
            rerun,
            ..defaults
        }
    }

    fn reports(&self) -> anyhow::Result<Vec<Box<dyn Report>>> {
        let progress = io::stderr().is_terminal().then(io::stderr);
        let mut reports: Vec<Box<dyn Report>> = Vec::new();
        match &self.json {
            Some(path) if path.as_os_str() == "-" => reports.push(Box::new(Json::new(io::stdout()))),
            Some(path) => {
                let file = std::fs::File::create(path)
                    .map_err(|source| anyhow!("cannot write {}: {source}", path.display()))?;
                reports.push(Box::new(Terminal::new(anstream::stdout(), progress)));
                reports.push(Box::new(Json::new(io::BufWriter::new(file))));
            }
            None => reports.push(Box::new(Terminal::new(anstream::stdout(), progress))),
        }
        Ok(reports)
    }
}

/// Waits for Ctrl-C or a request to end.
async fn interrupted() {
    #[cfg(unix)]
    if let Ok(mut term) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return,
            _ = term.recv() => return,
        }
    }
    // Where no signal can be heard, none interrupts.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn load(cases: &CasesFolder) -> Result<(Requirements, Vec<Case>), BadInput> {
    let requirements = Requirements::embedded()?;
    let cases = case::load(cases.folder.as_deref(), &requirements)?;
    Ok((requirements, cases))
}

impl List {
    fn go(&self) -> anyhow::Result<Exit> {
        let (requirements, cases) = load(&self.filter.cases)?;
        let selection = self.filter.selection(None);
        let cases: Vec<_> = cases.iter().filter(|case| selection.holds(case)).collect();
        let mut out = anstream::stdout().lock();
        if self.markdown {
            writeln!(out, "{MARKDOWN_HEAD}")?;
        }
        let width = cases.iter().map(|case| case.id.len()).max().unwrap_or_default();
        for case in &cases {
            let Some(requirement) = requirements.get(&case.requirement) else { continue };
            let (level, mark, text) = (requirement.level, requirement.mark, &requirement.text);
            if self.markdown {
                let sins: Vec<_> =
                    case.caught_by.iter().map(|pair| format!("{} → `{}`", pair.sin, pair.finding)).collect();
                let versions = versions(case);
                writeln!(out, "| `{}` | {level} | {mark} | {text} | {versions} | {} |", case.id, sins.join("<br>"))?;
            } else {
                writeln!(out, "{:width$}  {level:6}  {text}", case.id)?;
            }
        }
        Ok(if cases.is_empty() { Exit::NothingSelected } else { Exit::Success })
    }
}

const MARKDOWN_HEAD: &str = "# Cases

Made by `guard-conformance list --markdown`. A case of the area `mcp` is played in each version that the
guard declares, any other in the newest of each era: legacy (with a handshake) and modern (2026-07-28). The
last column is the proof that a case can fail: a sin of the faulty guard, and the finding by which the case
catches it.

| case | level | known from | what is asked | in MCP | proved by |
|---|---|---|---|---|---|";

/// The versions in which a case is played, in words.
fn versions(case: &Case) -> String {
    match (case.versions.is_empty(), case.area()) {
        (true, case::PROTOCOL) => "each version".into(),
        (true, _) => "each era".into(),
        (false, _) => case.versions.iter().map(Scope::word).collect::<Vec<_>>().join(", "),
    }
}

fn explain(name: &str, cases: &CasesFolder) -> anyhow::Result<Exit> {
    let mut out = anstream::stdout().lock();
    if let Some(code) = Code::ALL.iter().find(|code| code.name() == name) {
        writeln!(out, "{code}: {}", code.meaning())?;
        return Ok(Exit::Success);
    }
    let (requirements, cases) = load(cases)?;
    let case = cases
        .iter()
        .find(|case| case.id == name)
        .ok_or_else(|| anyhow!("there is no case and no finding `{name}`; `guard-conformance list` shows the cases"))?;
    if let Some(requirement) = requirements.get(&case.requirement) {
        writeln!(out, "{}  {} {} ({})", case.id, requirement.level, requirement.id, requirement.mark)?;
        writeln!(out, "\n{}\nSource: {}.", requirement.text, requirement.source)?;
    }
    writeln!(out, "\nWhy: {}", case.why)?;
    let what = if matches!(case.kind, Kind::Standing(_)) { "Judged on every play" } else { "The play" };
    writeln!(out, "\n{what}, as its file writes it:\n")?;
    for line in case.text.lines() {
        writeln!(out, "    {line}")?;
    }
    writeln!(out, "\nProved able to fail by:")?;
    for pair in &case.caught_by {
        writeln!(out, "    {}, found as {}: {}", pair.sin, pair.finding, pair.finding.meaning())?;
    }
    Ok(Exit::Success)
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
