//! A client, line by line, of the upstream itself or of the guard before it; and what reached the
//! upstream. What a test says and sees is bytes.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::Value;

use crate::upstream;

/// Longer than anything a test waits for; who says nothing must not hang the test.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const KEY: &str = "iv_live_canary_0123456789";

/// What a client of 2026-07-28 says of itself in every request, with these capabilities.
pub(crate) fn meta(capabilities: &str) -> String {
    format!(
        r#""_meta":{{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{capabilities}}}"#
    )
}

/// How a client is set up.
pub(crate) struct Setting<'s> {
    /// The gateway; without one there is no guard between.
    pub(crate) gateway: Option<&'s str>,
    pub(crate) variables: &'s [(&'s str, &'s str)],
    /// What the upstream is started with.
    pub(crate) how: &'s str,
}

pub(crate) struct Client {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    log: PathBuf,
}

/// What was left behind.
pub(crate) struct End {
    pub(crate) code: Option<i32>,
    pub(crate) rest: Vec<String>,
    pub(crate) stderr: String,
}

impl Setting<'_> {
    pub(crate) fn start(&self) -> Client {
        static LAST: AtomicUsize = AtomicUsize::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let log = std::env::temp_dir().join(format!("mcp-guard-proxy-{}-{number}", std::process::id()));
        let upstream = [std::env::current_exe().unwrap().into_os_string(), "upstream".into(), self.how.into()];
        let mut command = match self.gateway {
            None => Command::new(&upstream[0]),
            Some(_) => Command::new(env!("CARGO_BIN_EXE_mcp-guard")),
        };
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env(upstream::LOG, &log);
        command.envs(self.variables.iter().copied());
        match self.gateway {
            None => command.args(&upstream[1..]),
            Some(gateway) => {
                command.env("INTERVEN_API_KEY", KEY).env("INTERVEN_GATEWAY_URL", gateway);
                command.args(["proxy", "--name", "upstream", "--"]).args(upstream)
            }
        };
        Client::of(command, log)
    }
}

impl Client {
    /// The guard before a fresh upstream.
    pub(crate) fn guarded(gateway: &str, variables: &[(&str, &str)]) -> Self {
        Setting { gateway: Some(gateway), variables, how: "" }.start()
    }

    /// The same, in a session of this version.
    pub(crate) fn in_session(version: &str, capabilities: &str, gateway: &str, variables: &[(&str, &str)]) -> Self {
        let mut client = Self::guarded(gateway, variables);
        client.open(version, capabilities);
        client
    }

    pub(crate) fn of(mut command: Command, log: PathBuf) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (send, lines) = channel();
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        Self { child, stdin, lines, log }
    }

    pub(crate) fn open(&mut self, version: &str, capabilities: &str) {
        self.say(format!(
            r#"{{"jsonrpc":"2.0","id":"open","method":"initialize","params":{{"protocolVersion":"{version}","capabilities":{capabilities},"clientInfo":{{"name":"test","version":"0"}}}}}}"#
        ));
        assert_eq!(self.hear()["result"]["protocolVersion"], version);
        self.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    }

    pub(crate) fn say(&mut self, line: impl AsRef<[u8]>) {
        self.write(&[line.as_ref(), b"\n"].concat());
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.stdin.as_mut().expect("stdin is open").write_all(bytes).unwrap();
    }

    /// Calls a tool; `params` are further members of the params.
    pub(crate) fn call(&mut self, id: &str, tool: &str, arguments: &str, params: &str) {
        self.say(format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}{params}}}}}"#
        ));
    }

    pub(crate) fn line(&mut self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("an answer")
    }

    pub(crate) fn hear(&mut self) -> Value {
        let line = self.line();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// Nothing is said for so long.
    pub(crate) fn hears_nothing(&mut self, how_long: Duration) -> bool {
        matches!(self.lines.recv_timeout(how_long), Err(RecvTimeoutError::Timeout))
    }

    /// Nothing is said before the answer to a ping that is sent now.
    pub(crate) fn is_silent(&mut self) -> bool {
        self.say(r#"{"jsonrpc":"2.0","id":"silence","method":"ping"}"#);
        let line = self.line();
        assert!(line.contains("silence"), "{line}");
        true
    }

    /// The lines that reached the upstream, less what opened the session.
    pub(crate) fn reached(&self) -> Vec<String> {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let opening = ["\"initialize\"", "notifications/initialized", "\"silence\""];
        log.lines().filter(|line| !opening.iter().any(|word| line.contains(word))).map(str::to_owned).collect()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn close_stdin(&mut self) {
        self.stdin = None;
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Closes stdin and waits.
    pub(crate) fn end(mut self) -> End {
        self.close_stdin();
        let rest = std::iter::from_fn(|| self.lines.recv_timeout(PATIENCE).ok()).collect();
        let mut stderr = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        End { code: self.child.wait().unwrap().code(), rest, stderr }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.log);
    }
}
