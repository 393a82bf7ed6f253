//! A guard that shares no code with the one it stands beside: honest by default, or committing
//! exactly one named sin, so that every conformance case is proved able to fail. The arguments and
//! exit codes live here; never a hook.
//!
//! ```text
//! faulty-guard               the honest guard
//! faulty-guard --sin NAME    the guard with this sin
//! faulty-guard --list        every sin, as `name: what it does`
//! ```
//! `proxy -- COMMAND ARGS…` behind either puts the guard before that MCP server.
//!
//! Exit codes: 0 after stdin closed, 2 for bad arguments or a bad environment, in the proxy role the
//! server's own when it ended first.

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
mod proxy;
mod question;
mod session;
mod sin;
mod sins;
mod verdict;
mod version;
mod workers;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::exit;

use config::Config;
use guard::{Guard, Honest, log_line};
use proxy::{Proxy, shim};
use session::Session;
use sin::{Role, Sin};

const USAGE: &str = "usage: faulty-guard [--sin NAME | --list] [proxy -- COMMAND ARGS...]";

fn main() {
    let mut arguments = std::env::args_os().skip(1).peekable();
    if arguments.next_if(|first| first == shim::WORD).is_some() {
        exit(shim::exec(arguments));
    }
    let arguments: Vec<OsString> = arguments.collect();
    let words: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    match words.iter().map(AsRef::as_ref).collect::<Vec<_>>()[..] {
        ["--list"] => exit(list()),
        [] => scan(None),
        ["--sin", name] => scan(Some(named(name))),
        ["proxy", "--", _, ..] => proxy(None, &arguments[2..]),
        ["--sin", name, "proxy", "--", _, ..] => proxy(Some(named(name)), &arguments[4..]),
        _ => refuse(USAGE),
    }
}

fn named(name: &str) -> &'static Sin {
    sins::find(name).unwrap_or_else(|| refuse(&format!("no sin is named {name:?}; --list names them all")))
}

fn scan(sin: Option<&Sin>) -> ! {
    let guard: &'static dyn Guard = match sin.map(|sin| &sin.role) {
        None => &Honest,
        Some(Role::Scan(guard)) => *guard,
        Some(Role::Proxy(_)) => refuse("this sin is committed in the proxy role; add: proxy -- COMMAND"),
    };
    match guard.start(&environment) {
        Ok(config) => exit(Session::new(guard, config).serve(io::stdin().lock())),
        Err(error) => refuse(&error.to_string()),
    }
}

fn proxy(sin: Option<&Sin>, command: &[OsString]) -> ! {
    let proxy: &'static dyn Proxy = match sin.map(|sin| &sin.role) {
        None => &proxy::Honest,
        Some(Role::Proxy(proxy)) => *proxy,
        Some(Role::Scan(_)) => refuse("this sin is committed in the scan role; leave out: proxy -- COMMAND"),
    };
    match Config::read(&environment) {
        Ok(config) => exit(proxy::run(proxy, config, command)),
        Err(error) => refuse(&error.to_string()),
    }
}

/// A value that is not Unicode keeps a replacement character, which no key may contain.
fn environment(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// Says in one line why there is nothing to run.
fn refuse(why: &str) -> ! {
    log_line(why);
    exit(2)
}

/// Returns the exit code: a reader that left early, such as `head`, is no error.
fn list() -> i32 {
    let lines: String = sins::every().map(|sin| format!("{}: {}\n", sin.name, sin.does)).collect();
    let _ = io::stdout().write_all(lines.as_bytes());
    0
}
