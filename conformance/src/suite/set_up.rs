//! Makes a guard ready before it is tried: the commands of its manifest, one after the other. Whether
//! they may run at all is for the caller to know.

use std::process::{Command, Stdio};

use super::RunError;
use crate::subject::Subject;

/// Runs a guard's set-up commands, their output on stderr.
///
/// # Errors
/// At the first command that cannot be started or fails.
pub fn set_up(subject: &Subject) -> Result<(), RunError> {
    for command in &subject.setup {
        let line = shlex::try_join(command.iter().map(String::as_str)).unwrap_or_else(|_| command.join(" "));
        let fail = |reason: String| RunError::SetUp { subject: subject.name.clone(), command: line.clone(), reason };
        let (program, arguments) = command.split_first().ok_or_else(|| fail("is empty".into()))?;
        let status = Command::new(program)
            .args(arguments)
            .current_dir(&subject.directory)
            .stdin(Stdio::null())
            .stdout(stderr())
            .status()
            .map_err(|error| fail(format!("cannot be started: {error}")))?;
        if !status.success() {
            return Err(fail(format!("ended with {status}")));
        }
    }
    Ok(())
}

/// Results go to stdout; what a set-up command says is progress.
fn stderr() -> Stdio {
    #[cfg(unix)]
    if let Ok(stderr) = std::os::fd::AsFd::as_fd(&std::io::stderr()).try_clone_to_owned() {
        return stderr.into();
    }
    Stdio::null()
}
