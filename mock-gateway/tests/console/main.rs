//! The console as a person uses it, in headless Chromium. Which tests there are, and what happens to
//! them on a machine without a browser; the tests themselves are beside.

#![expect(
    clippy::unwrap_used,
    reason = "a test that panics has failed; without a harness clippy cannot tell that it is one"
)]

mod browser;
mod desk;
mod door;
mod hostile;
mod looks;
mod page;
mod stranger;
mod trace;

use std::process::ExitCode;

use browser::{Driver, Look};
use libtest_mimic::{Arguments, Failed, Trial};

/// Whether a machine without Chromium is an error (`required`); else what needs it is left out.
const BROWSER: &str = "MOCK_GATEWAY_BROWSER";

/// A test of the console: its name, the eyes that look at it, and what it does.
type Test = (&'static str, Look, browser::Play);

fn tests() -> Vec<Test> {
    [desk::tests(), trace::tests(), hostile::tests(), stranger::tests(), looks::tests()].into_iter().flatten().collect()
}

fn main() -> ExitCode {
    // Each test has a browser of its own, which is as much as a small machine carries.
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    let missing = browser::missing();
    let required = std::env::var_os(BROWSER).is_some_and(|word| word == "required");
    if let Some(missing) = &missing
        && !required
        && !arguments.list
    {
        eprintln!(
            "not run: no {missing}. Install the packages chromium and chromium-driver; {BROWSER}=required makes this an error."
        );
    }
    let driver = if missing.is_none() && !arguments.list { Some(Driver::start()) } else { None };
    let address = driver.as_ref().map(Driver::address);
    let in_browser = tests().into_iter().map(|(name, look, play)| {
        let (address, missing) = (address.clone(), missing.clone());
        let left_out = (missing.is_some() && !required) || looks::lacks_axe(name);
        let run = move || match address {
            Some(address) => browser::run(&address, look, play),
            None => Err(Failed::from(format!("no {}", missing.unwrap_or_default()))),
        };
        Trial::test(name, run).with_ignored_flag(left_out)
    });
    let trials = in_browser.chain(door::trials()).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
