//! The other ends that a bench starts as processes of their own, out of this same program: a bare pipe, and
//! a server for a proxy to front. Never a guard.

use std::ffi::OsStr;
use std::io::{self, BufRead, Read, Write};

use mock_gateway::json::Json;

/// The one tool of the server.
pub(super) const TOOL: &str = "echo";

/// A program within this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// Writes what it reads.
    Pipe,
    /// An MCP server with one tool, `echo`, that answers with its arguments.
    Server,
}

impl Peer {
    /// The one that this first argument starts.
    #[must_use]
    pub fn of(word: &OsStr) -> Option<Self> {
        [Self::Pipe, Self::Server].into_iter().find(|peer| word == peer.word())
    }

    /// The hidden first argument that starts it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pipe => "__bench-pipe",
            Self::Server => "__bench-server",
        }
    }

    /// The argv that starts it.
    ///
    /// # Errors
    /// This program cannot be found, or its path is not UTF-8.
    pub fn argv(self) -> io::Result<Vec<String>> {
        let program = std::env::current_exe()?.into_os_string().into_string();
        let program = program.map_err(|_| io::Error::other("the path of this program is not UTF-8"))?;
        Ok(vec![program, self.word().to_owned()])
    }

    /// Runs until stdin ends; returns the exit code.
    #[must_use]
    pub fn run(self) -> i32 {
        let (stdin, stdout) = (io::stdin().lock(), io::stdout().lock());
        let done = match self {
            Self::Pipe => pipe(stdin, stdout),
            Self::Server => serve(stdin, stdout),
        };
        i32::from(done.is_err())
    }
}

fn pipe(mut stdin: impl Read, mut stdout: impl Write) -> io::Result<()> {
    let mut chunk = vec![0; 64 << 10];
    loop {
        match stdin.read(&mut chunk)? {
            0 => return Ok(()),
            count => stdout.write_all(&chunk[..count])?,
        }
        stdout.flush()?;
    }
}

fn serve(mut stdin: impl BufRead, mut stdout: impl Write) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if stdin.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if let Some(answer) = answer(&line) {
            stdout.write_all(answer.as_bytes())?;
            stdout.flush()?;
        }
    }
}

/// What a session hears when the server names itself.
pub(super) const ITSELF: &str = "bench 1";

/// What the server says to a message; nothing to a notification.
fn answer(line: &[u8]) -> Option<String> {
    let message = Json::parse(line).ok()?;
    let id = message.get("id")?;
    let member = |pointer| message.pointer(pointer).map(ToString::to_string);
    let body = match message.get("method")?.as_str()? {
        "initialize" => {
            let version = member("/params/protocolVersion")?;
            format!(
                r#""result":{{"protocolVersion":{version},"capabilities":{{"tools":{{}}}},"serverInfo":{{"name":"bench","version":"1"}}}}"#
            )
        }
        "ping" => r#""result":{}"#.to_owned(),
        "tools/list" => format!(r#""result":{{"tools":[{{"name":"{TOOL}","inputSchema":{{"type":"object"}}}}]}}"#),
        "tools/call" => {
            let text = Json::String(member("/params/arguments")?);
            format!(r#""result":{{"content":[{{"type":"text","text":{text}}}]}}"#)
        }
        _ => r#""error":{"code":-32601,"message":"the bench's server does not offer that"}"#.to_owned(),
    };
    Some(format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},{body}}}\n"))
}

#[cfg(test)]
mod tests {
    use super::super::scan;
    use super::*;

    #[test]
    fn the_server_answers_each_request_and_no_notification() {
        let arguments = scan::arguments(5, 0);
        let call = format!(
            r#"{{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{{"name":"echo","arguments":{arguments}}}}}"#
        );
        let lines = format!(
            "{}\n{}\n{call}\n{}\n",
            r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            r#"{"jsonrpc":"2.0","id":"x","method":"other"}"#,
        );
        let mut out = Vec::new();
        serve(lines.as_bytes(), &mut out).unwrap();
        let answers: Vec<&[u8]> = out.split_inclusive(|byte| *byte == b'\n').collect();
        assert_eq!(answers.len(), 3);
        let Ok(scan::Heard::Answer(3, ran)) = scan::heard(answers[1]) else { panic!("{answers:?}") };
        assert_eq!(scan::has_run(&ran, 5), Ok(()));
        assert!(answers[2].starts_with(b"{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"error\""));
    }

    #[test]
    fn a_pipe_adds_and_takes_nothing() {
        let mut out = Vec::new();
        pipe(&b"one\ntwo"[..], &mut out).unwrap();
        assert_eq!(out, b"one\ntwo");
    }
}
