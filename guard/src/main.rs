//! Wiring and exit codes. Everything that decides lives in the library.

use std::io::Write;
use std::process::ExitCode;

use mcp_guard::cli::{self, Command};
use mcp_guard::client::{Client, Platform};
use mcp_guard::config::{self, Config};
use mcp_guard::server::Guard;
use mcp_guard::{log, session, stdio};

/// stdin or stdout failed.
const BROKEN: u8 = 1;
/// A wrong argument or variable.
const MISCONFIGURED: u8 = 2;

fn main() -> ExitCode {
    let code = run();
    log::flush();
    code
}

fn run() -> ExitCode {
    match cli::parse(std::env::args_os().skip(1)) {
        Ok(Command::Serve) => serve(),
        Ok(Command::Print(page)) => print(page),
        Ok(Command::Config(client)) => configure(client),
        Err(error) => refuse(error),
    }
}

fn serve() -> ExitCode {
    hide_memory();
    // The message of a panic may quote what a client sent; where it happened is enough.
    std::panic::set_hook(Box::new(|panic| match panic.location() {
        Some(place) => log::say(format_args!("internal error at {place}")),
        None => log::say("internal error"),
    }));
    let config = match Config::read(|name| std::env::var_os(name)) {
        Ok(config) => config,
        Err(error) => return refuse(error),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            log::say(format_args!("the runtime did not start: {error}"));
            return ExitCode::from(BROKEN);
        }
    };
    let served = runtime.block_on(async {
        let (stdin, stdout) = stdio::open();
        session::serve(Guard::new(&config), stdin, stdout).await
    });
    // A read of stdin that never returns must not keep the process.
    runtime.shutdown_background();
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::say(error);
            ExitCode::from(BROKEN)
        }
    }
}

fn configure(client: Client) -> ExitCode {
    let gateway = match config::gateway(&|name| std::env::var_os(name)) {
        Ok(gateway) => gateway,
        Err(error) => return refuse(error),
    };
    let program = std::env::current_exe().ok().and_then(|path| path.into_os_string().into_string().ok());
    let Some(program) = program else {
        log::say("the path of this program cannot be written down; move it to one of plain letters");
        return ExitCode::from(BROKEN);
    };
    // Who does not hear where the block goes still has the block.
    let _ = std::io::stderr().write_all(client.place(Platform::of_this_machine()).as_bytes());
    print(&client.block(&program, &gateway))
}

fn print(page: &str) -> ExitCode {
    match std::io::stdout().write_all(page.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(BROKEN),
    }
}

fn refuse(why: impl std::fmt::Display) -> ExitCode {
    log::say_now(why);
    ExitCode::from(MISCONFIGURED)
}

/// Keeps the key from other processes of the same user, and out of core files.
#[cfg(target_os = "linux")]
fn hide_memory() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    if set_dumpable_behavior(DumpableBehavior::NotDumpable).is_err() {
        log::say("this process could not be made undumpable; other processes of this user may read its key");
    }
}

#[cfg(not(target_os = "linux"))]
const fn hide_memory() {}
