//! The command line → what to do. Few words, so no parser library: start-up is part of every session.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::client::Client;
use crate::proxy::{BECOME, Server};

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
    /// Print what tells this client of the guard, in the scan role or before a server, and leave.
    Config(Client, Option<Server>),
    /// Serve the proxy role.
    Proxy(Server),
    /// Become the server of the proxy with this process id: how a proxy starts it.
    Become(u32, Vec<OsString>),
}

/// A command line that cannot be followed. An argument is shown only where it is a flag: a key that was
/// given as an argument must not reach a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misunderstood {
    /// No client, or one that we do not know.
    #[error("`config` needs the name of a client that it knows: {}", Client::names())]
    Client,
    /// No command to put behind the proxy.
    #[error("`proxy` needs the server's command behind `--`, as in `mcp-guard proxy -- COMMAND ARGS…`")]
    NoCommand,
    /// A name that says nothing, or none.
    #[error("`--name` needs a name of visible characters, by which the gateway knows the server")]
    Name,
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
    let mut arguments = arguments.into_iter();
    let Some(first) = arguments.next() else { return Ok(Command::Serve) };
    let command = match first.to_str() {
        Some("--help" | "-h") => Command::Print(HELP),
        Some("--version" | "-V") => Command::Print(VERSION),
        Some("proxy") => return server(arguments).map(|server| server.map_or(Command::Print(HELP), Command::Proxy)),
        Some("config") => return config(arguments),
        Some(BECOME) => {
            let parent = arguments.next().and_then(|parent| parent.to_str()?.parse().ok());
            let command: Vec<_> = arguments.collect();
            let parent = parent.filter(|_| !command.is_empty()).ok_or(Misunderstood::NoCommand)?;
            return Ok(Command::Become(parent, command));
        }
        _ => return Err(Misunderstood::new(&first)),
    };
    nothing_more(arguments).map(|()| command)
}

fn config(mut arguments: impl Iterator<Item = OsString>) -> Result<Command, Misunderstood> {
    let client = match arguments.next().as_deref().and_then(OsStr::to_str) {
        Some("--help" | "-h") => return Ok(Command::Print(HELP)),
        name => name.and_then(Client::named).ok_or(Misunderstood::Client)?,
    };
    match arguments.next() {
        None => Ok(Command::Config(client, None)),
        Some(word) if word == "--proxy" => {
            Ok(server(arguments)?.map_or(Command::Print(HELP), |server| Command::Config(client, Some(server))))
        }
        Some(other) => Err(Misunderstood::new(&other)),
    }
}

/// `[--name NAME] -- COMMAND ARGS…`; nothing where the page is asked for.
fn server(mut arguments: impl Iterator<Item = OsString>) -> Result<Option<Server>, Misunderstood> {
    let mut name = None;
    loop {
        let Some(argument) = arguments.next() else { return Err(Misunderstood::NoCommand) };
        match argument.to_str() {
            Some("--help" | "-h") => return Ok(None),
            Some("--name") if name.is_none() => {
                let given = arguments.next().and_then(|name| name.into_string().ok());
                let is_name = |name: &String| !name.trim().is_empty() && !name.contains(char::is_control);
                name = Some(given.filter(is_name).ok_or(Misunderstood::Name)?);
            }
            Some("--") => break,
            _ => return Err(Misunderstood::new(&argument)),
        }
    }
    let command: Vec<_> = arguments.collect();
    let program = command.first().filter(|program| !program.is_empty()).ok_or(Misunderstood::NoCommand)?;
    let file = Path::new(program).file_name().unwrap_or(program);
    let name = name.unwrap_or_else(|| file.to_string_lossy().into_owned());
    Ok(Some(Server { name, command }))
}

fn nothing_more(mut arguments: impl Iterator<Item = OsString>) -> Result<(), Misunderstood> {
    arguments.next().map_or(Ok(()), |argument| Err(Misunderstood::new(&argument)))
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
            assert_eq!(command(&["config", client.name()]), Ok(Command::Config(client, None)));
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
    fn a_server_is_named_by_its_program_or_as_it_is_called() {
        let server = |name: &str, command: &[&str]| Server {
            name: name.to_owned(),
            command: command.iter().map(OsString::from).collect(),
        };
        for (arguments, expected) in [
            (&["proxy", "--", "/usr/bin/npx", "-y", "x"][..], server("npx", &["/usr/bin/npx", "-y", "x"])),
            (&["proxy", "--name", "my mail", "--", "npx"], server("my mail", &["npx"])),
            (
                &["proxy", "--", "server", "--name", "--", "--help"],
                server("server", &["server", "--name", "--", "--help"]),
            ),
            (&["proxy", "--", ".."], server("..", &[".."])),
        ] {
            assert_eq!(command(arguments), Ok(Command::Proxy(expected.clone())), "{arguments:?}");
            let of_client = [&["config", "cursor", "--proxy"], &arguments[1..]].concat();
            assert_eq!(command(&of_client), Ok(Command::Config(Client::Cursor, Some(expected))));
        }
        assert_eq!(command(&["proxy", "--help"]), Ok(Command::Print(HELP)));
        assert_eq!(command(&["proxy", "--name", "x", "-h"]), Ok(Command::Print(HELP)));
        for (wrong, why) in [
            (&["proxy"][..], "`proxy` needs"),
            (&["proxy", "--"], "`proxy` needs"),
            (&["proxy", "--", ""], "`proxy` needs"),
            (&["proxy", "--name", "x"], "`proxy` needs"),
            (&["proxy", "--name"], "`--name` needs"),
            (&["proxy", "--name", "a\nb", "--", "x"], "`--name` needs"),
            (&["proxy", "--name", "a", "--name", "b", "--", "x"], "unknown argument `--name`"),
            (&["proxy", "npx"], "unknown argument"),
            (&["--name", "x", "proxy", "--", "x"], "unknown argument `--name`"),
            (&["config", "cursor", "--proxy"], "`proxy` needs"),
            (&["__become", "x", "y"], "`proxy` needs"),
            (&["__become", "7"], "`proxy` needs"),
        ] {
            let error = command(wrong).unwrap_err();
            assert!(error.starts_with(why), "{wrong:?}: {error}");
        }
        assert_eq!(
            command(&["__become", "7", "x", "--", "y"]),
            Ok(Command::Become(7, ["x", "--", "y"].map(OsString::from).into()))
        );
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
