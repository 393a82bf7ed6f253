//! A guard started as clients start it, spoken to line by line. What a test says and sees is bytes.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

/// Longer than anything a test waits for; a guard that says nothing must not hang the test.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) const KEY: &str = "iv_live_canary_0123456789";

pub(crate) struct Session {
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
        Self { child, stdin, lines }
    }

    /// A guard whose session is open.
    pub(crate) fn open(gateway: &str, more: &[(&str, &str)]) -> Self {
        let mut session = Self::start(gateway, more);
        session.say(r#"{"jsonrpc":"2.0","id":"open","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"test","version":"0"}}}"#);
        session.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        assert_eq!(session.hear()["id"], "open");
        session
    }

    pub(crate) fn say(&mut self, line: impl AsRef<[u8]>) {
        let stdin = self.stdin.as_mut().expect("stdin is open");
        stdin.write_all(line.as_ref()).unwrap();
        stdin.write_all(b"\n").unwrap();
    }

    pub(crate) fn call(&mut self, id: &str, tool: &str, arguments: &str) {
        let params = format!(r#"{{"name":"{tool}","arguments":{arguments}}}"#);
        self.say(format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{params}}}"#));
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
