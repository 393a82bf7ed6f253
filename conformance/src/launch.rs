//! Starts a guard as a hostile program: its own folder, group and limits, an environment from an
//! allowlist, and a keeper process beside it that sees whatever it leaves behind. Never MCP.
//!
//! On Unix the keeper is this same program, started again with [`KEEPER`] as its first argument. It
//! starts the guard, adopts its orphans (Linux), reports over a socket, and kills everything when
//! this program goes away. So is the upstream that a guard starts in the proxy role. A program that
//! plays cases must therefore call [`take_over`] first.

mod folder;
#[cfg(unix)]
mod keeper;
mod usage;
#[cfg(unix)]
mod watch;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use crate::bench::peer::Peer;
use crate::recording::{Status, Stream};
use crate::upstream::{self, UPSTREAM};
pub use usage::Usage;
#[cfg(unix)]
pub(crate) use watch::descendants;

pub use folder::{Workplace, folder, remove, workplace};

/// The hidden first argument that makes this program a keeper.
pub const KEEPER: &str = "__keep";

/// Variables of the caller that every guard may see: what a program needs to be found and to speak
/// the user's language, and nothing that could carry a secret.
pub(crate) const PASSED: &[&str] = &["PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SYSTEMROOT", "PATHEXT"];

/// Becomes a keeper, the upstream of a guard or a peer of a bench, when this program was started as one; otherwise
/// returns at once. Must be the first thing that `main` does.
pub fn take_over() {
    let role = std::env::args_os().nth(1).unwrap_or_default();
    #[cfg(unix)]
    if role == KEEPER {
        std::process::exit(keeper::keep());
    }
    if role == UPSTREAM {
        std::process::exit(upstream::run(std::env::args_os().skip(2)));
    }
    if let Some(peer) = Peer::of(&role) {
        std::process::exit(peer.run());
    }
    #[cfg(unix)]
    allow_files();
}

/// Takes all the file descriptors that the system grants: every connection that a guard holds to its
/// gateway is one here, and those of one play must not be missing in another.
#[cfg(unix)]
fn allow_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    // Not all systems let it be raised so far; what there is must do then.
    let _as_before = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}

/// Whether processes can be looked at on this platform: what they use, what they hide, and whether they outlive a
/// guard.
pub const SEES_PROCESSES: bool = cfg!(target_os = "linux");

/// A guard could not be started.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LaunchError {
    /// The program does not exist or cannot be executed.
    #[error("cannot start `{program}`: {reason}; check the command and that its set-up has run")]
    Program {
        /// The first word of the command.
        program: String,
        /// What the system said.
        reason: String,
    },
    /// The harness itself failed.
    #[error("cannot launch subjects: {0}")]
    Harness(String),
    /// What watches the guard was stopped or killed, so that nothing of the play can be believed.
    #[error("the guard's keeper process was stopped or killed during the play, by the guard or by a person")]
    KeeperLost,
}

/// What to start.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The argv, at least the program.
    pub command: Vec<String>,
    /// All variables but the few that every guard may see.
    pub environment: BTreeMap<String, String>,
    /// The folder to run in, made for this guard alone.
    pub folder: PathBuf,
    /// Where the keeper's socket goes, out of the guard's folder.
    pub socket: PathBuf,
}

/// A guard that runs. Dropping it kills the guard and everything that it started.
#[derive(Debug)]
pub struct Running {
    /// Where its messages go in.
    pub stdin: ChildStdin,
    /// Where its messages come out.
    pub stdout: ChildStdout,
    /// Where its logs come out.
    pub stderr: ChildStderr,
    /// The process itself.
    pub process: Process,
}

/// The guard's process, watched.
#[derive(Debug)]
pub struct Process {
    /// The guard's process id, and that of its group.
    pub pid: u32,
    child: Child,
    #[cfg(unix)]
    keeper: keeper::Reports,
    #[cfg(unix)]
    folder: PathBuf,
}

/// What became of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// How it ended.
    pub status: Status,
    /// What outlived it, by process id and name; killed since.
    pub orphans: Vec<(u32, String)>,
    /// What it had too much of, and how much, when it was killed for that.
    pub flood: Option<(Stream, u64)>,
}

/// Starts a guard.
///
/// # Errors
/// When the program cannot be executed, or the harness cannot start its keeper.
pub async fn launch(launch: &Launch) -> Result<Running, LaunchError> {
    let harness = |what: &str, error: std::io::Error| LaunchError::Harness(format!("{what}: {error}"));
    #[cfg(unix)]
    let (mut command, listener) = {
        let listener = tokio::net::UnixListener::bind(&launch.socket)
            .map_err(|error| harness("bind the keeper's socket", error))?;
        let program = if cfg!(target_os = "linux") {
            PathBuf::from("/proc/self/exe")
        } else {
            std::env::current_exe().map_err(|error| harness("find this program", error))?
        };
        let mut command = Command::new(program);
        command.arg(KEEPER).arg(&launch.socket).args(&launch.command).process_group(0);
        (command, listener)
    };
    #[cfg(not(unix))]
    let mut command = {
        let mut command = Command::new(&launch.command[0]);
        command.args(&launch.command[1..]);
        command
    };
    command
        .env_clear()
        .envs(PASSED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
        .envs(&launch.environment)
        // A place of its own for temporary files, and the mark by which strays are known.
        .env("TMPDIR", &launch.folder)
        .current_dir(&launch.folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(cfg!(not(unix)));
    let mut child = command.spawn().map_err(|error| {
        if cfg!(unix) {
            harness("start the keeper", error)
        } else {
            LaunchError::Program { program: launch.command[0].clone(), reason: error.to_string() }
        }
    })?;
    let missing = || LaunchError::Harness("a piped stream is missing".into());
    let stdin = child.stdin.take().ok_or_else(missing)?;
    let stdout = child.stdout.take().ok_or_else(missing)?;
    let stderr = child.stderr.take().ok_or_else(missing)?;
    #[cfg(unix)]
    let process = {
        let mut keeper = keeper::Reports::accept(&listener, child.id()).await?;
        let pid = match keeper.started().await {
            Some(started) => {
                started.map_err(|reason| LaunchError::Program { program: launch.command[0].clone(), reason })?
            }
            None => {
                keeper::clear_away(child.id(), None, &launch.folder);
                let _status = child.wait().await;
                return Err(LaunchError::KeeperLost);
            }
        };
        Process { pid, child, keeper, folder: launch.folder.clone() }
    };
    #[cfg(not(unix))]
    let process = Process { pid: child.id().unwrap_or_default(), child };
    Ok(Running { stdin, stdout, stderr, process })
}

impl Process {
    /// Waits for the guard to end, at most `limit`. `None` when it still runs.
    pub async fn ended(&mut self, limit: Duration) -> Option<Status> {
        #[cfg(unix)]
        return self.keeper.exited(limit).await;
        #[cfg(not(unix))]
        {
            let status = tokio::time::timeout(limit, self.child.wait()).await.ok()?.ok()?;
            Some(Status::Code(status.code().unwrap_or(-1)))
        }
    }

    /// What the guard and the processes that it started use at this moment; `None` where nobody can tell.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        usage::of(self.pid)
    }

    /// Sends a signal to the guard, not to its children.
    #[cfg(unix)]
    pub fn signal(&self, signal: rustix::process::Signal) {
        if let Some(pid) = i32::try_from(self.pid).ok().and_then(rustix::process::Pid::from_raw) {
            // The guard may have ended in this moment; its keeper has not reaped its pid before saying so.
            let _ended = rustix::process::kill_process(pid, signal);
        }
    }

    /// Kills what still runs of the guard, and waits until nothing of it is left.
    ///
    /// # Errors
    /// When the keeper was lost; the guard and its children are killed all the same.
    pub async fn finish(mut self) -> Result<End, LaunchError> {
        #[cfg(unix)]
        {
            let end = self.keeper.finish().await;
            if end.is_none() {
                keeper::clear_away(self.child.id(), Some(self.pid), &self.folder);
            }
            // The keeper ends by itself or has been killed; not to wait for it would leave a zombie.
            let _status = self.child.wait().await;
            end.ok_or(LaunchError::KeeperLost)
        }
        #[cfg(not(unix))]
        {
            let _ended = self.child.start_kill();
            let status = self.child.wait().await.ok().and_then(|status| status.code()).unwrap_or(-1);
            Ok(End { status: Status::Code(status), orphans: Vec::new(), flood: None })
        }
    }
}

/// The variables of the caller that a guard may see, of those named.
#[must_use]
pub fn passed(names: &[String]) -> BTreeMap<String, String> {
    names.iter().filter_map(|name| Some((name.clone(), std::env::var(name).ok()?))).collect()
}

/// The HOME of the caller.
#[must_use]
pub fn real_home() -> Option<String> {
    std::env::var(if cfg!(windows) { "USERPROFILE" } else { "HOME" }).ok()
}
