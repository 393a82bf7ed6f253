//! The honest proxy as a process, between a client that writes lines, a gateway written here by hand
//! and an upstream that is this test started again: what reached whom, byte for byte. The sins
//! are the conformance cases' to tell apart: see `pairs`.

#![expect(clippy::unwrap_used, reason = "what a test is made of fails as the test does, by panicking")]

mod ends;
mod gateway;
mod guard;
mod relays;
mod scans;
mod upstream;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

/// A test by its name.
type Named = (&'static str, fn());

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|word| word == upstream::WORD) {
        upstream::serve(&arguments[2..]);
    }
    let tests = [scans::TESTS, relays::TESTS, ends::TESTS].concat();
    let trial = |(name, test): Named| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    };
    let trials = tests.into_iter().map(trial).collect();
    let mut arguments = Arguments::from_args();
    // Most of the time a test waits for processes.
    arguments.test_threads.get_or_insert(8);
    libtest_mimic::run(&arguments, trials).exit_code()
}
