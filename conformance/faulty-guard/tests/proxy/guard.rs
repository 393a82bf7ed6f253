//! The guard in the proxy role, as its client sees it, and what reached the upstream behind it.
//! Never an expectation.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

pub(crate) const KEY: &str = "iv_live_canary";

/// How long what is due may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

static STARTED: AtomicU32 = AtomicU32::new(0);

/// What a guard is started with.
#[derive(Default)]
pub(crate) struct Start<'a> {
    pub(crate) environment: &'a [(&'a str, &'a str)],
    /// What the upstream is like.
    pub(crate) traits: &'a [&'a str],
    /// The handshake's version; none is made without.
    pub(crate) version: Option<&'a str>,
}

/// A running guard.
pub(crate) struct Guard {
    pub(crate) child: Child,
    stdin: Option<ChildStdin>,
    stdout: Receiver<String>,
    stderr: Receiver<Vec<u8>>,
    log: PathBuf,
}

/// How a guard ended: what it still wrote, its exit code, its stderr.
pub(crate) struct End {
    pub(crate) rest: String,
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
}

impl Guard {
    pub(crate) fn start(gateway: &str, start: &Start<'_>) -> Self {
        let log = log_file();
        let mut command = Command::new(env!("CARGO_BIN_EXE_faulty-guard"));
        command.env_clear().env("INTERVEN_API_KEY", KEY).env("INTERVEN_GATEWAY_URL", gateway).env("KEPT", "é=1");
        command.envs(start.environment.iter().copied());
        command.args(["proxy", "--"]);
        command.arg(std::env::current_exe().unwrap()).arg(super::upstream::WORD).arg(&log).args(start.traits);
        let mut guard = Self::spawn(command, log);
        if let Some(version) = start.version {
            guard.open(version);
        }
        guard
    }

    /// The honest guard after the newest handshake.
    pub(crate) fn honest(gateway: &str) -> Self {
        Self::start(gateway, &Start { version: Some("2025-11-25"), ..Start::default() })
    }

    /// The upstream without any guard.
    pub(crate) fn direct() -> Self {
        let log = log_file();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env_clear().arg(super::upstream::WORD).arg(&log);
        Self::spawn(command, log)
    }

    fn spawn(mut command: Command, log: PathBuf) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let (said, lines) = channel();
        std::thread::spawn(move || stdout.lines().try_for_each(|line| said.send(line.unwrap_or_default() + "\n")));
        let (mut stderr, (kept, all)) = (child.stderr.take().unwrap(), channel());
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stderr.read_to_end(&mut bytes);
            let _ = kept.send(bytes);
        });
        Self { child, stdin, stdout: lines, stderr: all, log }
    }

    fn open(&mut self, version: &str) {
        let params = format!(r#"{{"protocolVersion":"{version}","capabilities":{{}}}}"#);
        let answer = self.ask(request("0", "initialize", &params));
        assert!(answer.contains(version), "{answer}");
    }

    pub(crate) fn write(&mut self, line: impl AsRef<[u8]>) {
        self.stdin.as_mut().unwrap().write_all(&[line.as_ref(), b"\n"].concat()).unwrap();
    }

    pub(crate) fn read(&self) -> String {
        self.stdout.recv_timeout(PATIENCE).expect("a line is due")
    }

    pub(crate) fn ask(&mut self, line: impl AsRef<[u8]>) -> String {
        self.write(line);
        self.read()
    }

    /// Asks, and takes the answer apart.
    pub(crate) fn look(&mut self, line: impl AsRef<[u8]>) -> Value {
        let answer = self.ask(line);
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
    }

    /// What the client is told within this time.
    pub(crate) fn within(&self, patience: Duration) -> Option<String> {
        self.stdout.recv_timeout(patience).ok()
    }

    /// Every line that reached the upstream, up to now.
    pub(crate) fn reached(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Waits until this has reached the upstream.
    pub(crate) fn await_reached(&self, text: &str) {
        let started = Instant::now();
        while !self.reached().contains(text) {
            assert!(started.elapsed() < PATIENCE, "{text} never reached the upstream: {}", self.reached());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The processes of the upstream that still live.
    pub(crate) fn survivors(&self) -> Vec<u32> {
        let reached = self.reached();
        let pids = reached.lines().filter_map(|line| line.strip_prefix("pid ")?.parse().ok());
        pids.filter(|pid| is_alive(*pid)).collect()
    }

    /// Waits until nothing of the upstream lives.
    pub(crate) fn await_nobody(&self) {
        let started = Instant::now();
        while !self.survivors().is_empty() {
            assert!(started.elapsed() < PATIENCE, "still alive: {:?}", self.survivors());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn close_stdin(&mut self) {
        drop(self.stdin.take());
    }

    pub(crate) fn take_stdin(&mut self) -> ChildStdin {
        self.stdin.take().unwrap()
    }

    /// Whether it ends within this time.
    pub(crate) fn exits(&mut self, patience: Duration) -> bool {
        let started = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            if started.elapsed() > patience {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        true
    }

    /// Closes stdin and waits for the end.
    pub(crate) fn end(&mut self) -> End {
        self.close_stdin();
        assert!(self.exits(PATIENCE), "still running long after stdin closed");
        let code = self.child.wait().unwrap().code();
        let stderr = self.stderr.recv_timeout(PATIENCE).unwrap_or_default();
        let mut rest = String::new();
        while let Some(line) = self.within(Duration::from_millis(200)) {
            rest += &line;
        }
        End { rest, code, stderr: String::from_utf8_lossy(&stderr).into_owned() }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // What an honest guard would not have left, and what no guard can know of.
        for pid in self.survivors() {
            let _ = kill_process(Pid::from_raw(pid.try_into().unwrap()).unwrap(), Signal::KILL);
        }
        let _ = std::fs::remove_file(&self.log);
    }
}

fn log_file() -> PathBuf {
    let number = STARTED.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("faulty-guard-{}-{number}.log", std::process::id()))
}

/// A zombie has ended: whoever must reap it is not the guard any more.
fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

/// One call of one of the upstream's tools.
pub(crate) fn call(id: &str, tool: &str, arguments: &str) -> String {
    request(id, "tools/call", &format!(r#"{{"name":"{tool}","arguments":{arguments}}}"#))
}

pub(crate) fn request(id: &str, method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#)
}

pub(crate) fn notification(method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params}}}"#)
}
