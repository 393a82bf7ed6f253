//! Wiring and exit codes. Everything that decides lives in the library.

use std::io::Write;
use std::process::ExitCode;

use mcp_guard::cli::{self, Command};
use mcp_guard::client::{Client, Platform};
use mcp_guard::config::{self, Config};
use mcp_guard::proxy::{NotServed, Server};
use mcp_guard::server::Guard;
use mcp_guard::{log, proxy, session, stdio};
use tokio::runtime::Runtime;

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
        Ok(Command::Config(client, server)) => configure(client, server.as_ref()),
        Ok(Command::Proxy(server)) => proxy(&server),
        Ok(Command::Become(parent, command)) => {
            let (why, code) = proxy::not_started(&command[0], &proxy::become_server(parent, &command));
            log::say_now(why);
            ExitCode::from(code)
        }
        Err(error) => refuse(error),
    }
}

fn serve() -> ExitCode {
    session(|config, runtime| {
        let served = runtime.block_on(async {
            let (stdin, stdout) = stdio::open();
            session::serve(Guard::new(config), stdin, stdout).await
        });
        served.map(|()| ExitCode::SUCCESS).map_err(|error| (error.to_string(), BROKEN))
    })
}

fn proxy(server: &Server) -> ExitCode {
    session(|config, runtime| {
        let served = runtime.block_on(async {
            let (stdin, stdout) = stdio::open();
            proxy::serve(config, server, stdin, stdout).await
        });
        served.map(ExitCode::from).map_err(|error| {
            let code = match error {
                NotServed::KeyInCommand => MISCONFIGURED,
                NotServed::NotStarted(_, code) => code,
                NotServed::Input(_) | NotServed::Output(_) => BROKEN,
            };
            (error.to_string(), code)
        })
    })
}

/// What both roles need before they serve, and do when they have.
fn session(serve: impl FnOnce(&Config, &Runtime) -> Result<ExitCode, (String, u8)>) -> ExitCode {
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
    // One thread: no start-up cost, and a server that is bound to its parent's thread ends with us.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            log::say(format_args!("the runtime did not start: {error}"));
            return ExitCode::from(BROKEN);
        }
    };
    let served = serve(&config, &runtime);
    // A read of stdin that never returns must not keep the process.
    runtime.shutdown_background();
    served.unwrap_or_else(|(why, code)| {
        log::say(why);
        ExitCode::from(code)
    })
}

fn configure(client: Client, server: Option<&Server>) -> ExitCode {
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
    match client.block(&program, &gateway, server) {
        Some(block) => print(&block),
        None => refuse("the server's command cannot be written down; it must be of plain letters"),
    }
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
