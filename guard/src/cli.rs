//! The command line → what to do. Few words, so no parser library: start-up is part of every session.

use std::ffi::OsString;

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

/// An argument nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown argument {0:?}; run `mcp-guard --help`")]
pub struct UnknownArgument(OsString);

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
            _ => return Err(UnknownArgument(argument)),
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
        assert_eq!(command(&["--help", "x"]), Err("unknown argument \"x\"; run `mcp-guard --help`".into()));
    }

    #[test]
    fn the_help_page_fits_a_terminal() {
        assert!(HELP.lines().all(|line| line.chars().count() <= 100), "{HELP}");
    }
}
