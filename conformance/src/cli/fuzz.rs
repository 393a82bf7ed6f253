//! `guard-conformance fuzz`: which guard, for how long, where to keep what is found. Never how the hunt goes on.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use clap::Args;
use mock_gateway::scenario::Period;

use super::outputs::Outputs;
use super::run;
use crate::case::{self, Case, Kind};
use crate::fuzz::{self, Bound, Hunted};
use crate::outcome::Exit;
use crate::report::harmless;
use crate::requirement::Requirements;
use crate::selection::Selection;
use crate::subject::Subject;
use crate::suite::{self, Options};
use crate::version::Version;

pub(super) const EXAMPLES: &str = "Examples:
  guard-conformance fuzz -- npx -y @example/guard
  guard-conformance fuzz --seed 7 --time 10m --manifest guard.yaml

Each kind of input is made small and kept once: when a guard was mended, hunt again.
Exit codes: 0 nothing found, 1 something found, 2 bad input, 3 could not run.";

/// How many inputs a hunt has that nobody has set a bound to.
const INPUTS: u64 = 2000;

#[derive(Debug, Args)]
pub(super) struct Fuzz {
    /// The guard's manifest
    #[arg(long, value_name = "FILE", conflicts_with = "command")]
    manifest: Option<PathBuf>,
    /// Runs the manifest's set-up commands; those of bundled manifests always run
    #[arg(long)]
    setup: bool,
    /// Speaks this MCP version only; can be given again. By default the newest of each era that the manifest declares
    #[arg(long, value_name = "VERSION")]
    mcp: Vec<Version>,
    /// Decides every input: the same seed gives the same ones; another one each time by default
    #[arg(long, value_name = "N")]
    seed: Option<u32>,
    /// Ends after so many inputs; 2000 by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "time")]
    cases: Option<u64>,
    /// Ends after this time, such as 10m; what is found is made small within it or shortly after
    #[arg(long, value_name = "TIME")]
    time: Option<Period>,
    /// Keeps what is found in this folder, a case each
    #[arg(long, value_name = "FOLDER", default_value = "fuzz-findings")]
    save: PathBuf,
    #[command(flatten)]
    outputs: Outputs,
    /// The command that starts the guard
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

impl Fuzz {
    pub(super) fn go(self) -> anyhow::Result<Exit> {
        let requirements = Requirements::embedded()?;
        let cases = case::load(None, &requirements)?;
        let subject = run::subject(self.manifest.as_deref(), &self.command, &self.mcp)?;
        let mut subject = subject.narrowed(&self.mcp).map_err(|what| anyhow!(what))?;
        run::make_ready(&mut subject, self.setup)?;
        // They are of the cases of the suite, and none of those is played here.
        subject.known_failures.clear();
        let options = fuzz::Options {
            seed: self.seed.unwrap_or_else(|| fastrand::u32(..)),
            bound: match (self.time, self.cases) {
                (Some(time), _) => Bound::Time(time.get()),
                (None, cases) => Bound::Inputs(cases.unwrap_or(INPUTS)),
            },
            versions: Version::newest_of_each_era(&subject.versions),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start")?;
        runtime.block_on(async {
            tokio::select! {
                done = self.hunt(subject, &cases, &requirements, &options) => done,
                // Dropping the hunt kills its guards and removes its folders.
                () = run::interrupted() => Err(anyhow!(io::Error::new(io::ErrorKind::Interrupted, "interrupted"))),
            }
        })
    }

    /// Hunts, keeps what is found, and has the suite judge and tell it: what is told is what the kept cases show.
    async fn hunt(
        &self,
        subject: Subject,
        cases: &[Case],
        requirements: &Requirements,
        options: &fuzz::Options,
    ) -> anyhow::Result<Exit> {
        let mut progress = io::stderr().is_terminal().then(io::stderr);
        let tell = |inputs: u64, found: usize| {
            if let Some(progress) = &mut progress {
                // A terminal that has gone takes nothing from the hunt.
                let _closed = write!(progress, "\r\x1b[2K{inputs} inputs, {found} found");
            }
        };
        let hunted = fuzz::hunt(subject.clone(), cases, requirements, options, tell).await?;
        if let Some(mut progress) = progress {
            write!(progress, "\r\x1b[2K")?;
        }
        let (name, seed, inputs) = (harmless(&subject.name), options.seed, hunted.inputs);
        if hunted.found.is_empty() {
            writeln!(anstream::stdout(), "{name}  {inputs} inputs, seed {seed}: nothing found")?;
            return Ok(Exit::Success);
        }
        let kept = keep(&self.save, &hunted, cases)?;
        let folder = self.save.display();
        writeln!(io::stderr(), "{inputs} inputs, seed {seed}: {} found, kept in {folder}", hunted.found.len())?;
        self.tell(subject, &kept, requirements, seed).await
    }

    /// Runs the kept cases as `run` does, and reports.
    async fn tell(
        &self,
        subject: Subject,
        kept: &[Case],
        requirements: &Requirements,
        seed: u32,
    ) -> anyhow::Result<Exit> {
        let program = std::env::args().next().unwrap_or_else(|| "guard-conformance".into());
        let folder = self.save.to_string_lossy().into_owned();
        let options = Options {
            selection: Selection::default(),
            strict: true,
            seed,
            versions: self.mcp.clone(),
            rerun: vec![program, "run".into(), "--strict".into(), "--cases".into(), folder],
            ..Options::default()
        };
        let mut reports = self.outputs.together()?;
        suite::run(subject, kept, requirements, &options, |event| reports.tell(&event)).await?;
        reports.written()?;
        // What did not show again was found all the same.
        Ok(Exit::GuardFailed)
    }
}

/// Writes what was found, and beside it the checks of every play that found some of it; returns all of them.
fn keep(folder: &Path, hunted: &Hunted, cases: &[Case]) -> anyhow::Result<Vec<Case>> {
    let checks = cases.iter().filter(|case| match case.kind {
        Kind::Standing(standing) => hunted.found.iter().any(|found| found.standing == Some(standing)),
        Kind::Played(_) => false,
    });
    let kept: Vec<Case> = hunted.found.iter().map(|found| &found.case).chain(checks).cloned().collect();
    for case in &kept {
        let path = folder.join(format!("{}.yaml", case.id));
        let cannot = || format!("cannot write {}", path.display());
        std::fs::create_dir_all(path.parent().unwrap_or(folder)).with_context(cannot)?;
        std::fs::write(&path, &case.text).with_context(cannot)?;
    }
    Ok(kept)
}
