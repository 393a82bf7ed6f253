//! `guard-conformance run`: which guard, which cases, which reports.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use clap::{Args, ValueEnum};

use super::outputs::Outputs;
use super::{Filter, load};
use crate::case::{EDITION, Profile};
use crate::outcome::Exit;
use crate::partition::Partition;
use crate::report::harmless;
use crate::subject::Subject;
use crate::subject::client_config::Withheld;
use crate::suite::{self, Options};
use crate::version::Version;

pub(super) const EXAMPLES: &str = "Examples:
  guard-conformance run -- npx -y @example/guard
  guard-conformance run --manifest guard.yaml --case 'failure/*' --json report.json
  guard-conformance run --client-config .cursor/mcp.json --server my-guard
  guard-conformance run --strict -- ./my-guard --stdio
  guard-conformance run --case 'failure/*' --repeat 20 -- ./my-guard";

#[derive(Debug, Args)]
pub(super) struct Run {
    /// The guard's manifest
    #[arg(long, value_name = "FILE", conflicts_with = "command")]
    manifest: Option<PathBuf>,
    /// A client's own settings file, such as .cursor/mcp.json: what it would launch is launched, with a
    /// canary for the user's key and a mock for the gateway; what could be a secret is not passed on
    #[arg(long, value_name = "FILE", requires = "server", conflicts_with_all = ["command", "manifest"])]
    client_config: Option<PathBuf>,
    /// The guard's name in the client's settings file
    #[arg(long, value_name = "NAME", requires = "client_config")]
    server: Option<String>,
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
    /// Plays one part of the cases, such as 2/5; `merge` puts the reports of all parts together
    #[arg(long, value_name = "K/N")]
    partition: Option<Partition>,
    /// Plays every play so often; what did not come out the same each time is told with its counts
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// How many plays go on at once; as many as there are processors by default
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    #[command(flatten)]
    outputs: Outputs,
    /// Keeps the recording of every play in this folder
    #[arg(long, value_name = "FOLDER")]
    record: Option<PathBuf>,
    /// The command that starts the guard: in the proxy role with `{upstream}` where the server goes that it
    /// fronts, else in the scan role
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

impl Run {
    pub(super) fn go(self) -> anyhow::Result<Exit> {
        let (requirements, cases) = load(&self.filter.cases)?;
        let mut subject = self.subject()?.narrowed(&self.mcp).map_err(|what| anyhow!(what))?;
        let options = self.options();
        make_ready(&mut subject, self.setup)?;
        let mut reports = self.outputs.together()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start")?;
        let run = suite::run(subject, &cases, &requirements, &options, |event| reports.tell(&event));
        let exit = runtime.block_on(async {
            tokio::select! {
                run = run => Ok(run?),
                // Dropping the run kills its guards and removes its folders.
                () = interrupted() => Err(anyhow!(io::Error::new(io::ErrorKind::Interrupted, "interrupted"))),
            }
        })?;
        reports.written()?;
        Ok(exit)
    }

    fn subject(&self) -> anyhow::Result<Subject> {
        if let (Some(file), Some(server)) = (&self.client_config, &self.server) {
            let (subject, withheld) = Subject::from_client_config(file, server)?;
            for Withheld { name, why } in withheld {
                writeln!(io::stderr(), "{} is not passed on: {why}", harmless(&name))?;
            }
            return Ok(subject);
        }
        subject(self.manifest.as_deref(), &self.command, &self.mcp)
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
            partition: self.partition,
            repeat: self.repeat,
            jobs: self.jobs.unwrap_or(defaults.jobs),
            record: self.record.clone(),
            rerun,
            ..defaults
        }
    }
}

/// The guard of a command, of a manifest or, where neither is given, the reference guard.
pub(super) fn subject(manifest: Option<&Path>, command: &[String], mcp: &[Version]) -> anyhow::Result<Subject> {
    let here = std::env::current_dir().context("cannot tell the current folder")?;
    if !command.is_empty() {
        let versions = if mcp.is_empty() { ", to speak MCP 2025-11-25 (see --mcp)," } else { "" };
        let subject = Subject::from_command(command, &here);
        let role = subject.commands.keys().map(|role| role.word()).collect::<String>();
        writeln!(io::stderr(), "no manifest: taken to have the {role} role{versions} and the contract's tool names")?;
        return Ok(subject);
    }
    let manifest = match manifest {
        Some(path) => path.to_owned(),
        None => Subject::reference_manifest(&here).ok_or_else(|| {
            anyhow!(
                "no guard to run: give its command after `--`, or --manifest FILE (the reference guard is only \
                 found from inside a checkout of the workspace)"
            )
        })?,
    };
    Ok(Subject::from_manifest(&manifest)?)
}

/// Runs the set-up commands of a manifest that may run them.
pub(super) fn make_ready(subject: &mut Subject, asked: bool) -> anyhow::Result<()> {
    if !subject.setup.is_empty() && (asked || subject.bundled) {
        for command in &subject.setup {
            writeln!(io::stderr(), "set-up: {}", command.join(" "))?;
        }
        suite::set_up(subject)?;
        subject.settle();
    } else if !subject.setup.is_empty() {
        writeln!(io::stderr(), "the manifest's set-up was not run; give --setup if you trust it")?;
    }
    Ok(())
}

/// Waits for Ctrl-C or a request to end.
pub(super) async fn interrupted() {
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
