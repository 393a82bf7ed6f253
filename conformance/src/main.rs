//! Start: hands over to the keeper when started as one, else to the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    guard_conformance::launch::take_over();
    guard_conformance::cli::main().into()
}
