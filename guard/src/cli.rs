//! The command line → what to do. Few words, so no parser library: start-up is part of every session.

use std::ffi::{OsStr, OsString};

use crate::client::Client;

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
    /// Print what tells this client of the guard, and leave.
    Config(Client),
}

/// A command line that cannot be followed. An argument is shown only where it is a flag: a key that was
/// given as an argument must not reach a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misunderstood {
    /// No client, or one that we do not know.
    #[error("`config` needs the name of a client that it knows: {}", Client::names())]
    Client,
    /// A flag, without its value.
    #[error("unknown argument `{0}`; run `mcp-guard --help`")]
    Flag(String),
    /// Anything else.
    #[error("unknown argument, not shown since it could be a secret; run `mcp-guard --help`")]
    Hidden,
}

impl Misunderstood {
    fn new(argument: &OsStr) -> Self {
        let flag = argument.to_str().and_then(|text| text.split('=').next()).unwrap_or_default();
        let is_flag = flag.starts_with('-') && flag.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        if is_flag { Self::Flag(flag.to_owned()) } else { Self::Hidden }
    }
}

/// Reads the arguments, without the program's name.
///
/// # Errors
/// The first argument that cannot be followed.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, Misunderstood> {
    let mut command = Command::Serve;
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        command = match (argument.to_str(), &command) {
            (Some("--help" | "-h"), _) => Command::Print(HELP),
            (Some("--version" | "-V"), _) => Command::Print(VERSION),
            (Some("config"), Command::Serve) => match arguments.next().as_deref().and_then(OsStr::to_str) {
                Some("--help" | "-h") => Command::Print(HELP),
                name => Command::Config(name.and_then(Client::named).ok_or(Misunderstood::Client)?),
            },
            _ => return Err(Misunderstood::new(&argument)),
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
    fn a_client_is_known_by_its_name() {
        for client in Client::ALL {
            assert_eq!(command(&["config", client.name()]), Ok(Command::Config(client)));
            assert!(HELP.contains(client.name()), "the help page knows {}", client.name());
        }
        assert_eq!(command(&["config", "--help"]), Ok(Command::Print(HELP)));
        let known =
            "`config` needs the name of a client that it knows: claude-desktop, cursor, cline, vscode, openai-agents";
        for wrong in [&["config"][..], &["config", "emacs"], &["config", "Cursor"], &["config", ""]] {
            assert_eq!(command(wrong).unwrap_err(), known, "{wrong:?}");
        }
        for wrong in [&["config", "cursor", "cline"][..], &["config", "cursor", "config", "cline"], &["cursor"]] {
            assert!(command(wrong).unwrap_err().starts_with("unknown argument"), "{wrong:?}");
        }
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
