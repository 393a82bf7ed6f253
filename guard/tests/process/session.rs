//! A guard started as clients start it, spoken to line by line. What a test says and sees is bytes.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

/// Longer than anything a test waits for; a guard that says nothing must not hang the test.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) const KEY: &str = "iv_live_canary_0123456789";

/// What a client of 2026-07-28 says of itself in every request.
pub(crate) const META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"test","version":"0"}}"#;

/// How a client speaks to the guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Era {
    /// `initialize`, in this version.
    Handshake(&'static str),
    /// 2026-07-28: nothing before the first request.
    Stateless,
}

/// Each way that a client may speak.
pub(crate) const ERAS: [Era; 5] = [
    Era::Handshake("2024-11-05"),
    Era::Handshake("2025-03-26"),
    Era::Handshake("2025-06-18"),
    Era::Handshake("2025-11-25"),
    Era::Stateless,
];

/// One of each era, where the versions do not differ.
pub(crate) const BOTH: [Era; 2] = [Era::Handshake("2025-11-25"), Era::Stateless];

pub(crate) struct Session {
    era: Era,
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
}

/// What a guard left behind.
pub(crate) struct End {
    pub(crate) code: Option<i32>,
    pub(crate) rest: Vec<String>,
    pub(crate) stderr: String,
}

/// The guard with exactly these variables.
pub(crate) fn guard(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-guard"));
    command.env_clear().envs(variables.iter().copied());
    command
}

impl Session {
    /// A guard in front of this gateway, not spoken to yet.
    pub(crate) fn start(gateway: &str, more: &[(&str, &str)]) -> Self {
        Self::start_with(gateway, more, Stdio::piped())
    }

    /// The same, with its stderr going there.
    pub(crate) fn start_with(gateway: &str, more: &[(&str, &str)], stderr: Stdio) -> Self {
        let mut command = guard(&[("INTERVEN_API_KEY", KEY), ("INTERVEN_GATEWAY_URL", gateway)]);
        command.envs(more.iter().copied());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (send, lines) = channel();
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        Self { era: Era::Stateless, child, stdin, lines }
    }

    /// A guard whose session is open.
    pub(crate) fn open(gateway: &str, more: &[(&str, &str)]) -> Self {
        Self::open_in(Era::Handshake("2025-11-25"), gateway, more)
    }

    /// A guard that is ready for the requests of this era.
    pub(crate) fn open_in(era: Era, gateway: &str, more: &[(&str, &str)]) -> Self {
        let mut session = Self::start(gateway, more);
        session.era = era;
        if let Era::Handshake(version) = era {
            session.initialize("\"open\"", version);
            session.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
            let opened = session.hear();
            assert_eq!((&opened["id"], &opened["result"]["protocolVersion"]), (&"open".into(), &version.into()));
        }
        session
    }

    pub(crate) fn initialize(&mut self, id: &str, version: &str) {
        self.say(format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"initialize","params":{{"protocolVersion":"{version}","capabilities":{{}},"clientInfo":{{"name":"test","version":"0"}}}}}}"#
        ));
    }

    /// A request in the session's era, as a line; `params` are the members between the braces.
    pub(crate) fn request(&self, id: &str, method: &str, params: &str) -> String {
        let params = match (self.era, params) {
            (Era::Handshake(_), params) => params.to_owned(),
            (Era::Stateless, "") => META.to_owned(),
            (Era::Stateless, params) => format!("{params},{META}"),
        };
        format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{{params}}}}}"#)
    }

    /// Asks, and hears the answer.
    pub(crate) fn ask(&mut self, method: &str, params: &str) -> Value {
        let line = self.request("\"ask\"", method, params);
        self.say(line);
        let answer = self.hear();
        assert_eq!(answer["id"], "ask", "{answer}");
        answer
    }

    pub(crate) fn say(&mut self, line: impl AsRef<[u8]>) {
        let stdin = self.stdin.as_mut().expect("stdin is open");
        stdin.write_all(line.as_ref()).unwrap();
        stdin.write_all(b"\n").unwrap();
    }

    /// What was written and not ended.
    pub(crate) fn say_without_end(&mut self, piece: &str) {
        self.stdin.as_mut().expect("stdin is open").write_all(piece.as_bytes()).unwrap();
    }

    /// Goes on in this era.
    pub(crate) const fn set_era(&mut self, era: Era) {
        self.era = era;
    }

    pub(crate) fn call(&mut self, id: &str, tool: &str, arguments: &str) {
        let line = self.request(id, "tools/call", &format!(r#""name":"{tool}","arguments":{arguments}"#));
        self.say(line);
    }

    pub(crate) fn scan(&mut self, id: &str, body: &str) {
        self.call(
            id,
            "interven_scan",
            &format!(r#"{{"tool_name":"t","url":"mcp://x","method":"POST","body":{body}}}"#),
        );
    }

    pub(crate) fn line(&mut self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("the guard answers")
    }

    pub(crate) fn hear(&mut self) -> Value {
        let line = self.line();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// Nothing is said before the answer to a ping that is sent now.
    pub(crate) fn is_silent(&mut self) -> bool {
        self.say(r#"{"jsonrpc":"2.0","id":"silence","method":"ping"}"#);
        self.line() == r#"{"jsonrpc":"2.0","id":"silence","result":{}}"#
    }

    pub(crate) fn close_stdin(&mut self) {
        self.stdin = None;
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Closes stdin and waits for the guard to leave.
    pub(crate) fn end(mut self) -> End {
        self.close_stdin();
        let rest = std::iter::from_fn(|| self.lines.recv_timeout(PATIENCE).ok()).collect();
        let mut stderr = String::new();
        if let Some(mut pipe) = self.child.stderr.take() {
            pipe.read_to_string(&mut stderr).unwrap();
        }
        End { code: self.child.wait().unwrap().code(), rest, stderr }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
