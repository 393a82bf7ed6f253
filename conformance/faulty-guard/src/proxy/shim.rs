//! The moment between fork and exec, as a process: this program started again asks the kernel to be
//! killed with its parent, then becomes the upstream. Never anything that outlives the exec.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::{self, Command};

use rustix::process::Pid;

use crate::guard::log_line;

/// The argument by which this program knows that it is the shim.
pub(crate) const WORD: &str = "__exec";

/// The command that becomes this one, or dies with this process.
pub(crate) fn command(upstream: &[OsString]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap_or_else(|_| "/proc/self/exe".into()));
    command.arg(WORD).arg(process::id().to_string()).args(upstream);
    command
}

/// Becomes the command that follows the parent's process id. Returns the exit code when it cannot.
pub(crate) fn exec(mut arguments: impl Iterator<Item = OsString>) -> i32 {
    let parent = arguments.next().and_then(|pid| Pid::from_raw(pid.to_str()?.parse().ok()?));
    let (Some(parent), Some(program)) = (parent, arguments.next()) else { return 2 };
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL)) {
        log_line(&format!("the upstream may outlive its guard: {error}"));
    }
    // A parent that died before the kernel was asked is not noticed by it.
    if rustix::process::getppid() != Some(parent) {
        return 1;
    }
    let error = Command::new(&program).args(arguments).exec();
    log_line(&format!("{} cannot be started: {error}", program.to_string_lossy()));
    127
}
