//! The suite on the guard of this crate, as its users run it. What it finds is printed as the
//! terminal report, with a line for each failure that runs it again.

use std::path::Path;
use std::process::ExitCode;

use guard_conformance::case::{self, Profile};
use guard_conformance::outcome::Exit;
use guard_conformance::report::Report;
use guard_conformance::report::terminal::Terminal;
use guard_conformance::requirement::Requirements;
use guard_conformance::subject::Subject;
use guard_conformance::suite::{self, Options};
use guard_conformance::version::Version;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    // The keeper of each guard is this program, started again.
    guard_conformance::launch::take_over();
    let trials = [("the_guard_passes_every_case", Profile::Default), ("and_under_load", Profile::Load)]
        .map(|(name, profile)| Trial::test(name, move || passes_every_case(profile)));
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}

fn passes_every_case(profile: Profile) -> Result<(), Failed> {
    let command = [env!("CARGO_BIN_EXE_mcp-guard").to_owned()];
    let subject = Subject::from_command(&command, Path::new(".")).narrowed(Version::ALL)?;
    let requirements = Requirements::embedded()?;
    let cases = case::load(None, &requirements)?;
    // Our own guard keeps every SHOULD too.
    let mut options = Options { strict: true, ..Options::default() };
    options.selection.profile = Some(profile);
    let mut report = Terminal::new(Vec::new(), None::<Vec<u8>>);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let exit = runtime.block_on(suite::run(subject, &cases, &requirements, &options, |event| {
        report.tell(&event).expect("a vector takes everything");
    }))?;
    if exit == Exit::Success { Ok(()) } else { Err(String::from_utf8(report.into_inner())?.into()) }
}
