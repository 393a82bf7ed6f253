//! The suite on the guard of this crate, as its users run it. What it finds is printed as the
//! terminal report, with a line for each failure that runs it again.

use std::path::Path;
use std::process::ExitCode;

use guard_conformance::case;
use guard_conformance::outcome::Exit;
use guard_conformance::report::Report;
use guard_conformance::report::terminal::Terminal;
use guard_conformance::requirement::Requirements;
use guard_conformance::subject::Subject;
use guard_conformance::suite::{self, Options};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    // The keeper of each guard is this program, started again.
    guard_conformance::launch::take_over();
    let suite = Trial::test("the_guard_passes_every_case", passes_every_case);
    libtest_mimic::run(&Arguments::from_args(), vec![suite]).exit_code()
}

fn passes_every_case() -> Result<(), Failed> {
    let subject = Subject::from_command(&[env!("CARGO_BIN_EXE_mcp-guard").to_owned()], Path::new("."));
    let requirements = Requirements::embedded()?;
    let cases = case::load(None, &requirements)?;
    // Our own guard keeps every SHOULD too.
    let options = Options { strict: true, ..Options::default() };
    let mut report = Terminal::new(Vec::new(), None::<Vec<u8>>);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let exit = runtime.block_on(suite::run(subject, &cases, &requirements, &options, |event| {
        report.tell(&event).expect("a vector takes everything");
    }))?;
    if exit == Exit::Success { Ok(()) } else { Err(String::from_utf8(report.into_inner())?.into()) }
}
