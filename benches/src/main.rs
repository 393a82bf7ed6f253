//! Measures a guard beside the floor: start to the first `tools/list`, one scan after another, and
//! memory; and a ping to it through the proxy role of another one, beside one without. The floor is the same POST on a kept-alive connection, from the same CPU, in the same run.
//!
//! Usage: `guard-benches GUARD [MOCK_GATEWAY]`, release builds. On Linux, under `taskset -c 1`: the
//! gateway is pinned to CPU 0, and unpinned ratios mean nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use guard_benches::server::Server;
use guard_benches::spread::Spread;
use serde_json::Value;

const STARTS: usize = 20;
const BLOCKS: usize = 10;
const SCANS_PER_BLOCK: usize = 500;

const ARGUMENTS: &str = r#"{"tool_name":"slack","method":"POST","url":"https://slack.com/api/chat.postMessage","body":{"channel":"C1","text":"hello"}}"#;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let guard = arguments.next().context("usage: guard-benches GUARD [MOCK_GATEWAY]")?;
    let gateway = arguments.next().unwrap_or_else(|| "target/release/mock-gateway".into());
    let gateway = Server::start(gateway.as_ref(), &["allow", "--listen", "127.0.0.1:0"])?;

    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let began = Instant::now();
        let mut session = Session::open(&guard, &gateway.url())?;
        session.call("tools/list", "{}")?;
        starts.push(began.elapsed());
        session.close()?;
    }

    let mut session = Session::open(&guard, &gateway.url())?;
    let mut floor = Floor::connect(gateway.address)?;
    let (mut scans, mut posts) = (Vec::new(), Vec::new());
    for _ in 0..BLOCKS {
        for _ in 0..SCANS_PER_BLOCK {
            posts.push(timed(|| floor.post())?);
        }
        for _ in 0..SCANS_PER_BLOCK {
            scans.push(timed(|| session.scan())?);
        }
    }
    let memory = session.peak_memory();
    session.close()?;

    // The proxy keeps its key to itself, so the one behind it needs another to start.
    let passing = ["proxy", "--", "env", "INTERVEN_API_KEY=iv_test_upstream", &guard];
    let (mut direct, mut proxied) =
        (Session::open(&guard, &gateway.url())?, Session::start(&guard, &passing, &gateway.url())?);
    let (mut pings, mut passed) = (Vec::new(), Vec::new());
    for _ in 0..BLOCKS {
        for _ in 0..SCANS_PER_BLOCK {
            pings.push(timed(|| direct.call("ping", "{}").map(drop))?);
        }
        for _ in 0..SCANS_PER_BLOCK {
            passed.push(timed(|| proxied.call("ping", "{}").map(drop))?);
        }
    }
    direct.close()?;
    proxied.close()?;

    let (ping, pass) = (Spread::of(pings), Spread::of(passed));
    let (start, scan, post) = (Spread::of(starts), Spread::of(scans), Spread::of(posts));
    let mut out = std::io::stdout().lock();
    writeln!(out, "                         p50      p99      max      n")?;
    writeln!(out, "start to tools/list  {}", start.row())?;
    writeln!(out, "one scan             {}", scan.row())?;
    writeln!(out, "floor: the bare POST {}", post.row())?;
    writeln!(out, "scan to floor, p50    {:6.2}", scan.p50.as_secs_f64() / post.p50.as_secs_f64())?;
    writeln!(out, "ping, direct         {}", ping.row())?;
    writeln!(out, "ping, through proxy  {}", pass.row())?;
    let added = |through: Duration, direct: Duration| (through.as_secs_f64() - direct.as_secs_f64()) * 1e6;
    let (p50, p99) = (added(pass.p50, ping.p50), added(pass.p99, ping.p99));
    writeln!(out, "added by the proxy   {p50:5.0} µs {p99:5.0} µs")?;
    match memory {
        Some(kilobytes) => writeln!(out, "peak resident memory  {:6.1} MB", kilobytes / 1024.0)?,
        None => writeln!(out, "peak resident memory  not observable here")?,
    }
    Ok(())
}

fn timed(work: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let began = Instant::now();
    work()?;
    Ok(began.elapsed())
}

/// A client session with the guard.
struct Session {
    guard: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    id: u32,
}

impl Session {
    fn open(guard: &str, url: &str) -> Result<Self> {
        Self::start(guard, &[], url)
    }

    fn start(guard: &str, arguments: &[&str], url: &str) -> Result<Self> {
        let mut guard = Command::new(guard)
            .args(arguments)
            .env("INTERVEN_API_KEY", "iv_test_bench")
            .env("INTERVEN_GATEWAY_URL", url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {guard}"))?;
        let stdin = guard.stdin.take().context("stdin is piped")?;
        let stdout = BufReader::new(guard.stdout.take().context("stdout is piped")?);
        let mut session = Self { guard, stdin, stdout, id: 0 };
        session.call(
            "initialize",
            r#"{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}"#,
        )?;
        session.stdin.write_all(b"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n")?;
        Ok(session)
    }

    fn call(&mut self, method: &str, params: &str) -> Result<Value> {
        self.id += 1;
        let line = format!("{{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"{method}\",\"params\":{params}}}\n", self.id);
        self.stdin.write_all(line.as_bytes())?;
        let mut answer = String::new();
        self.stdout.read_line(&mut answer)?;
        let answer: Value =
            serde_json::from_str(&answer).with_context(|| format!("the guard answered {method} with {answer:?}"))?;
        ensure!(answer["id"] == self.id && answer.get("result").is_some(), "the guard answered {method} with {answer}");
        Ok(answer)
    }

    fn scan(&mut self) -> Result<()> {
        let answer = self.call("tools/call", &format!(r#"{{"name":"interven_scan","arguments":{ARGUMENTS}}}"#))?;
        ensure!(answer["result"]["structuredContent"]["decision"] == "ALLOW", "not allowed: {answer}");
        Ok(())
    }

    /// In kilobytes; only Linux tells.
    fn peak_memory(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.guard.id())).ok()?;
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())
    }

    fn close(self) -> Result<()> {
        let Self { mut guard, stdin, .. } = self;
        drop(stdin);
        let status = guard.wait()?;
        ensure!(status.success(), "the guard ended with {status}");
        Ok(())
    }
}

/// The bare POST, written and read by hand so that nothing but the gateway and the kernel is measured.
struct Floor {
    stream: BufReader<TcpStream>,
    request: Vec<u8>,
}

impl Floor {
    fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let request = format!(
            "POST /v1/scan HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer iv_test_bench\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{ARGUMENTS}",
            ARGUMENTS.len()
        );
        Ok(Self { stream: BufReader::new(stream), request: request.into_bytes() })
    }

    fn post(&mut self) -> Result<()> {
        self.stream.get_mut().write_all(&self.request)?;
        let mut length = 0;
        let mut line = String::new();
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                bail!("the gateway closed the connection");
            }
            if line == "\r\n" {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        ensure!(body.windows(7).any(|window| window == b"\"ALLOW\""), "the gateway did not allow");
        Ok(())
    }
}
