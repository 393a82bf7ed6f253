//! A guard that shares no code with the one it stands beside: honest by default, or committing
//! exactly one named sin, so that every conformance case is proved able to fail. The arguments and
//! exit codes live here; never a hook.
//!
//! ```text
//! faulty-guard               the honest guard
//! faulty-guard --sin NAME    the guard with this sin
//! faulty-guard --list        every sin, as `name: what it does`
//! ```
//! Exit codes: 0 after stdin closed, 2 for bad arguments or a bad environment.

mod answer;
mod config;
mod gateway;
mod guard;
mod json;
mod lines;
mod message;
mod offer;
mod open;
mod outlet;
mod plain;
mod question;
mod session;
mod sin;
mod verdict;
mod version;
mod workers;

use std::io::{self, Write};
use std::process::exit;

use guard::{Guard, Honest, log_line};
use session::Session;

const USAGE: &str = "usage: faulty-guard [--sin NAME | --list]";

fn main() {
    let arguments: Vec<_> =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    let guard: &'static dyn Guard = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => &Honest,
        ["--list"] => exit(list()),
        ["--sin", name] => match sin::find(name) {
            Some(sin) => sin.guard,
            None => refuse(&format!("no sin is named {name:?}; --list names them all")),
        },
        _ => refuse(USAGE),
    };
    // A value that is not Unicode keeps a replacement character, which no key may contain.
    let env = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    match guard.start(&env) {
        Ok(config) => exit(Session::new(guard, config).serve(io::stdin().lock())),
        Err(error) => refuse(&error.to_string()),
    }
}

/// Says in one line why there is nothing to run.
fn refuse(why: &str) -> ! {
    log_line(why);
    exit(2)
}

/// Returns the exit code: a reader that left early, such as `head`, is no error.
fn list() -> i32 {
    let lines: String = sin::ALL.iter().map(|sin| format!("{}: {}\n", sin.name, sin.does)).collect();
    let _ = io::stdout().write_all(lines.as_bytes());
    0
}
