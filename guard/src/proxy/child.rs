//! The server behind the proxy, as a process: started with nothing of ours, watched, and stopped with
//! all that it started. Never what it says.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::key::ApiKey;

/// The hidden subcommand under which this program becomes the server.
pub const BECOME: &str = "__become";

/// The command was not found, as shells say it.
const NOT_FOUND: u8 = 127;

/// The command cannot be run, as shells say it.
const NOT_RUN: u8 = 126;

/// How long a server that is asked to end may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is ours begins so, and is for nobody else.
const OURS: &[u8] = b"INTERVEN_";

/// A running server.
pub(super) struct Child {
    process: tokio::process::Child,
    #[cfg(unix)]
    group: Option<rustix::process::Pid>,
    ended: Option<ExitStatus>,
}

/// Its streams.
pub(super) struct Streams {
    pub(super) stdin: ChildStdin,
    pub(super) stdout: ChildStdout,
    pub(super) stderr: ChildStderr,
}

/// The variables that a server gets: the client's, less what is ours, and less whatever holds the key
/// under another name.
pub(super) fn environment(
    client: impl Iterator<Item = (OsString, OsString)>,
    key: &ApiKey,
) -> impl Iterator<Item = (OsString, OsString)> {
    client.filter(|(name, value)| !name.as_encoded_bytes().starts_with(OURS) && !key.is_in(value.as_encoded_bytes()))
}

impl Child {
    /// Starts a server. On Linux it ends with this thread, however that ends; so call it on the one
    /// that lives longest.
    pub(super) fn start(
        command: &[OsString],
        environment: impl Iterator<Item = (OsString, OsString)>,
    ) -> io::Result<(Self, Streams)> {
        let mut starting = prepared(command);
        starting.env_clear().envs(environment);
        starting.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        starting.process_group(0);
        let mut process = starting.kill_on_drop(true).spawn()?;
        let streams = Streams {
            stdin: process.stdin.take().expect("stdin is a pipe"),
            stdout: process.stdout.take().expect("stdout is a pipe"),
            stderr: process.stderr.take().expect("stderr is a pipe"),
        };
        let child = Self {
            #[cfg(unix)]
            group: process.id().and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?)),
            process,
            ended: None,
        };
        Ok((child, streams))
    }

    /// Waits for the server's own end.
    pub(super) async fn wait(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.process.wait().await.ok();
        }
        self.ended
    }

    /// Ends what still runs of the server and its group: asks, and soon no longer asks. Gives the
    /// server's own end, where it had come to one before.
    pub(super) async fn stop(&mut self) -> Option<ExitStatus> {
        let ended = self.ended;
        #[cfg(unix)]
        {
            use rustix::process::Signal;
            use tokio::time::sleep;
            if self.signal(Signal::TERM) {
                let gone = async {
                    let _ = self.wait().await;
                    while self.lives() {
                        sleep(Duration::from_millis(10)).await;
                    }
                };
                if timeout(PATIENCE, gone).await.is_err() {
                    self.signal(Signal::KILL);
                }
            }
        }
        let _ = self.process.start_kill();
        // What does not even die of this is stuck in the system.
        let _ = timeout(PATIENCE, self.wait()).await;
        ended
    }

    /// Whether there was anybody to hear it.
    #[cfg(unix)]
    fn signal(&self, signal: rustix::process::Signal) -> bool {
        self.group.is_some_and(|group| rustix::process::kill_process_group(group, signal).is_ok())
    }

    #[cfg(unix)]
    fn lives(&self) -> bool {
        self.group.is_some_and(|group| rustix::process::test_kill_process_group(group).is_ok())
    }
}

/// The exit code that tells of an end: the server's own, or 128 and the signal, as shells have it.
pub(super) fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(signal).map_or(u8::MAX, |signal| signal.saturating_add(128));
    }
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// What to tell of a command that did not start, and the exit code.
pub fn not_started(program: &OsStr, error: &io::Error) -> (String, u8) {
    let program = program.to_string_lossy();
    match error.kind() {
        io::ErrorKind::NotFound => {
            (format!("`{program}` was not found; check the command behind `--`, or give its full path"), NOT_FOUND)
        }
        _ => (format!("`{program}` cannot be run: {error}; check the command behind `--`"), NOT_RUN),
    }
}

/// Only a process itself can ask to end with its parent, so this program is started once more, asks,
/// and becomes the server.
#[cfg(target_os = "linux")]
fn prepared(command: &[OsString]) -> Command {
    let mut starting = Command::new("/proc/self/exe");
    starting.arg(BECOME).arg(std::process::id().to_string()).args(command);
    starting
}

#[cfg(not(target_os = "linux"))]
fn prepared(command: &[OsString]) -> Command {
    let mut starting = Command::new(&command[0]);
    starting.args(&command[1..]);
    starting
}

/// Becomes the server of this parent. Comes back only where that fails.
#[cfg(target_os = "linux")]
#[must_use]
pub fn become_server(parent: u32, command: &[OsString]) -> io::Error {
    use std::os::unix::process::CommandExt;

    use rustix::process::{Signal, getppid, set_parent_process_death_signal};
    if let Err(error) = set_parent_process_death_signal(Some(Signal::KILL)) {
        return error.into();
    }
    // Whoever came too late to be told of the parent's end.
    if getppid().map(rustix::process::Pid::as_raw_nonzero).map(i32::from) != i32::try_from(parent).ok() {
        return io::Error::other("the guard that started it has ended");
    }
    std::process::Command::new(&command[0]).args(&command[1..]).exec()
}

/// Only on Linux does a program become another one.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn become_server(_: u32, _: &[OsString]) -> io::Error {
    io::Error::from(io::ErrorKind::Unsupported)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_gets_the_clients_variables_and_nothing_of_ours() {
        let key = ApiKey::new("iv_live_canary").expect("a key");
        let client = [
            ("PATH", "/bin"),
            ("INTERVEN_API_KEY", "iv_live_canary"),
            ("INTERVEN_GATEWAY_URL", "https://gateway.example"),
            ("BACKUP", "x:iv_live_canary"),
            ("MY_TOKEN", "custom"),
            ("EMPTY", ""),
        ];
        let client = client.map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let left: Vec<_> = environment(client.into_iter(), &key).map(|(name, _)| name).collect();
        assert_eq!(left, ["PATH", "MY_TOKEN", "EMPTY"]);
    }

    #[test]
    fn a_command_that_did_not_start_is_named_with_what_to_do() {
        let told = |kind: io::ErrorKind| not_started(OsStr::new("server"), &kind.into());
        assert_eq!(
            told(io::ErrorKind::NotFound),
            ("`server` was not found; check the command behind `--`, or give its full path".to_owned(), 127)
        );
        assert_eq!(told(io::ErrorKind::PermissionDenied).1, 126);
    }
}
