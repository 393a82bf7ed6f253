//! The proxy role: another MCP server behind the guard, and no tool call that reaches it unscanned.
//! Here the parties are brought together and the end is decided; never what happens to a message.

mod action;
mod call;
mod desk;
mod gate;
mod honest;
mod message;
mod moment;
mod open;
mod rewrite;
pub(crate) mod shim;
pub(crate) mod sin;
mod upstream;

use std::ffi::{OsStr, OsString};
use std::io::{self, BufReader};
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use crate::config::Config;
use crate::guard::log_line;
use desk::Desk;
pub(crate) use honest::{Honest, Proxy};
use moment::Moment;
use upstream::Upstream;

/// How long the upstream's last bytes may take to arrive once it has ended.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// What ends the session.
enum Departure {
    Client,
    Upstream,
    /// SIGTERM.
    Told,
}

/// Serves until one of the parties has gone. Returns the exit code. The thread that calls this must be
/// the one that lives longest: the kernel kills the upstream when it ends.
pub(crate) fn run(proxy: &'static dyn Proxy, config: Config, command: &[OsString]) -> i32 {
    // Else a child of the same user could read the key in this process's environment.
    #[cfg(target_os = "linux")]
    let _hidden = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    let (left, departures) = channel();
    if let Err(error) = leave_on_term(left.clone()) {
        log_line(&format!("SIGTERM will not be heeded: {error}"));
    }
    let (mut child, stdin, stdout, stderr) = match upstream::start(proxy.command(&config, command)) {
        Ok(parts) => parts,
        Err(error) => {
            log_line(&format!("{} cannot be started: {error}", command[0].to_string_lossy()));
            return 127;
        }
    };
    let upstream = Arc::new(Upstream::new(&child, stdin));
    let desk = Arc::new(Desk::new(proxy, config, server_name(&command[0]), Arc::clone(&upstream)));
    let drained = Arc::new(Moment::default());

    let drain = Arc::clone(&drained);
    thread::spawn(move || {
        proxy.drain(stderr);
        drain.comes(());
    });
    let (reader, leaves) = (Arc::clone(&desk), left.clone());
    thread::spawn(move || {
        reader.read_upstream(BufReader::new(stdout));
        reader.upstream.silent.comes(());
        let _ = leaves.send(Departure::Upstream);
    });
    let (waiter, leaves) = (Arc::clone(&upstream), left.clone());
    thread::spawn(move || {
        // A child that cannot be waited for is as good as killed.
        waiter.ended.comes(child.wait().unwrap_or_else(|_| upstream::killed()));
        let _ = leaves.send(Departure::Upstream);
    });
    let reader = Arc::clone(&desk);
    thread::spawn(move || {
        reader.read_client(io::stdin().lock());
        let _ = left.send(Departure::Client);
    });

    let code = match departures.recv() {
        Ok(Departure::Upstream) => proxy.mourn(&desk, last_words(&upstream)),
        Ok(Departure::Told) => proxy.terminated(&desk),
        Ok(Departure::Client) | Err(_) => proxy.stop(&desk),
    };
    drained.within(LAST_WORDS);
    code
}

/// What the upstream ended with, once all that it wrote has been passed on. One that has only closed
/// its stdout can answer nothing any more, and is ended.
fn last_words(upstream: &Upstream) -> ExitStatus {
    if upstream.ended.within(LAST_WORDS).is_none() {
        upstream.end();
    }
    upstream.silent.within(LAST_WORDS);
    upstream.ended.within(LAST_WORDS).unwrap_or_else(upstream::killed)
}

/// The name under which the gateway knows the upstream: the file name of its command.
fn server_name(program: &OsStr) -> String {
    Path::new(program).file_name().unwrap_or(program).to_string_lossy().into_owned()
}

/// SIGTERM is a departure as the client's is.
fn leave_on_term(left: Sender<Departure>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let mut terminated = {
        let _entered = runtime.enter();
        signal(SignalKind::terminate())?
    };
    thread::spawn(move || {
        runtime.block_on(terminated.recv());
        let _ = left.send(Departure::Told);
    });
    Ok(())
}
