//! The scripted upstream driven directly over stdio: what it answers, what it reports, and that the
//! record of it is whole whatever becomes of it.

#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is not there")]

#[path = "upstream/driven.rs"]
mod driven;
#[path = "upstream/legacy.rs"]
mod legacy;
#[path = "upstream/manners.rs"]
mod manners;
#[path = "upstream/modern.rs"]
mod modern;
#[path = "upstream/record.rs"]
mod record;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    // The upstream is this program, started again.
    guard_conformance::launch::take_over();
    let trials = [legacy::trials(), modern::trials(), manners::trials(), record::trials()];
    libtest_mimic::run(&Arguments::from_args(), trials.into_iter().flatten().collect()).exit_code()
}
