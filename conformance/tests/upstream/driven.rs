//! An upstream that a test drives as its client, and the record of it. Never what is expected.

use std::future::Future;
use std::process::Stdio;
use std::time::Duration;

use guard_conformance::log::Log;
use guard_conformance::party::upstream::{Trait, Upstream};
use guard_conformance::recording::Event;
use mock_gateway::json::Json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// Longer than anything here takes, on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// Runs a test to its end, at most half a minute.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { timeout(Duration::from_secs(30), future).await.expect("within 30 s") })
}

/// One upstream, and where it reports.
pub(crate) struct Driven {
    pub(crate) child: Child,
    pub(crate) stdin: Option<ChildStdin>,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: Option<ChildStderr>,
    pub(crate) upstream: Upstream,
    pub(crate) log: Log,
}

/// How one ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    /// The lines that had not been read.
    pub(crate) rest: Vec<String>,
    /// How many bytes came on stderr.
    pub(crate) stderr: usize,
    pub(crate) events: Vec<Event>,
}

impl Driven {
    pub(crate) fn start(traits: &[Trait]) -> Self {
        let log = Log::begin();
        let upstream = Upstream::listen(log.clone()).expect("a port on loopback");
        let mut child = command(&upstream.argv(traits)).spawn().expect("this program starts again");
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let stderr = child.stderr.take();
        Self { child, stdin, stdout, stderr, upstream, log }
    }

    /// An upstream with which a session of this version is open.
    pub(crate) async fn open(version: &str, capabilities: &str, traits: &[Trait]) -> Self {
        let mut driven = Self::start(traits);
        let params = format!(
            r#"{{"protocolVersion":"{version}","capabilities":{capabilities},"clientInfo":{{"name":"t","version":"1"}}}}"#
        );
        let opened = driven.ask("0", "initialize", &params).await;
        assert_eq!(string(&opened, "/result/protocolVersion"), version);
        driven.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await;
        driven
    }

    pub(crate) async fn say(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("stdin is open");
        stdin.write_all(format!("{line}\n").as_bytes()).await.expect("it reads");
        stdin.flush().await.expect("it reads");
    }

    /// The next line, as it stands.
    pub(crate) async fn line(&mut self) -> Option<String> {
        self.stdout.next_line().await.expect("UTF-8")
    }

    /// The next message.
    pub(crate) async fn next(&mut self) -> Json {
        let line = self.line().await.expect("a line");
        Json::parse(line.as_bytes()).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// Sends a request; the id is JSON.
    pub(crate) async fn request(&mut self, id: &str, method: &str, params: &str) {
        self.say(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#)).await;
    }

    /// Sends a request and takes the next message for its answer.
    pub(crate) async fn ask(&mut self, id: &str, method: &str, params: &str) -> Json {
        self.request(id, method, params).await;
        let answer = self.next().await;
        assert_eq!(answer.get("id").map(ToString::to_string).as_deref(), Some(id), "{answer}");
        answer
    }

    /// Calls a tool.
    pub(crate) async fn call(&mut self, id: &str, name: &str, arguments: &str) -> Json {
        self.ask(id, "tools/call", &format!(r#"{{"name":"{name}","arguments":{arguments}}}"#)).await
    }

    /// Closes stdin, unless it is closed, and reads and waits to the end.
    pub(crate) async fn end(mut self) -> Ended {
        self.stdin = None;
        let (mut rest, mut noise) = (Vec::new(), Vec::new());
        let stderr = self.stderr.take();
        let read = async {
            while let Some(line) = self.stdout.next_line().await.expect("UTF-8") {
                rest.push(line);
            }
        };
        let drain = async {
            if let Some(mut stderr) = stderr {
                stderr.read_to_end(&mut noise).await.expect("stderr can be read");
            }
        };
        tokio::join!(read, drain);
        let status = self.child.wait().await.expect("it ends");
        assert!(self.upstream.close(LONG).await, "the record is whole");
        Ended { code: status.code(), rest, stderr: noise.len(), events: events(&self.log) }
    }
}

/// Everything that was written down.
pub(crate) fn events(log: &Log) -> Vec<Event> {
    log.entries().into_iter().map(|entry| entry.event).collect()
}

pub(crate) fn command(argv: &[String]) -> Command {
    let mut command = Command::new(&argv[0]);
    command.args(&argv[1..]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// The value at a pointer, as JSON text; empty where there is none.
pub(crate) fn at(value: &Json, pointer: &str) -> String {
    value.pointer(pointer).map(ToString::to_string).unwrap_or_default()
}

/// The string at a pointer.
pub(crate) fn string<'a>(value: &'a Json, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Json::as_str).unwrap_or_else(|| panic!("no string at {pointer}: {value}"))
}
