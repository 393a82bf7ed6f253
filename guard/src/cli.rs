//! The command line → what to do. Few words, so no parser library: start-up is part of every session.

use std::ffi::{OsStr, OsString};

/// The help page.
pub const HELP: &str = include_str!("help.txt");

/// The version line.
pub const VERSION: &str = concat!("mcp-guard ", env!("CARGO_PKG_VERSION"), "\n");

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Serve the scan role.
    Serve,
    /// Print this and leave.
    Print(&'static str),
}

/// An argument nobody knows. It is shown only where it is a flag: a key that was given as an argument
/// must not reach a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownArgument {
    /// A flag, without its value.
    #[error("unknown argument `{0}`; run `mcp-guard --help`")]
    Flag(String),
    /// Anything else.
    #[error("unknown argument, not shown since it could be a secret; run `mcp-guard --help`")]
    Hidden,
}

impl UnknownArgument {
    fn new(argument: &OsStr) -> Self {
        let flag = argument.to_str().and_then(|text| text.split('=').next()).unwrap_or_default();
        let is_flag = flag.starts_with('-') && flag.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        if is_flag { Self::Flag(flag.to_owned()) } else { Self::Hidden }
    }
}

/// Reads the arguments, without the program's name.
///
/// # Errors
/// The first argument that is not known.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, UnknownArgument> {
    let mut command = Command::Serve;
    for argument in arguments {
        command = match argument.to_str() {
            Some("--help" | "-h") => Command::Print(HELP),
            Some("--version" | "-V") => Command::Print(VERSION),
            _ => return Err(UnknownArgument::new(&argument)),
        };
    }
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(arguments: &[&str]) -> Result<Command, String> {
        parse(arguments.iter().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn the_command_line_is_read_or_refused() {
        assert_eq!(command(&[]), Ok(Command::Serve));
        assert_eq!(command(&["--help"]), Ok(Command::Print(HELP)));
        assert_eq!(command(&["-V"]), Ok(Command::Print(VERSION)));
        assert_eq!(command(&["--help", "--loud"]), Err("unknown argument `--loud`; run `mcp-guard --help`".into()));
    }

    #[test]
    fn an_argument_that_could_be_a_key_is_not_shown() {
        for argument in ["iv_live_0123", "--api-key=iv_live_0123", "--iv_live_0123", "-k0123"] {
            let error = command(&[argument]).unwrap_err();
            assert!(!error.contains("0123") && error.contains("--help"), "{error}");
        }
    }

    #[test]
    fn the_help_page_fits_a_terminal() {
        assert!(HELP.lines().all(|line| line.chars().count() <= 100), "{HELP}");
    }
}
