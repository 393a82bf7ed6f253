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
        let mut command = Command::new(program);
        // `cargo run` says of which package it runs something; a cargo started from here would build anew for it.
        for (name, _) in std::env::vars_os() {
            let of_a_package =
                name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"));
            if of_a_package {
                command.env_remove(name);
            }
        }
        let status = command
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_command_is_not_told_which_package_cargo_runs() {
        assert!(std::env::var_os("CARGO_PKG_NAME").is_some(), "cargo runs this");
        let mut subject = Subject::from_command(&["guard".to_owned()], Path::new("."));
        subject.setup = vec![["sh", "-c", "! env | grep -E '^CARGO_(PKG|MANIFEST)_'"].map(str::to_owned).to_vec()];
        set_up(&subject).unwrap();
        subject.setup = vec![["sh", "-c", "exit 3"].map(str::to_owned).to_vec()];
        assert!(set_up(&subject).unwrap_err().to_string().contains("exit 3"));
    }
}
