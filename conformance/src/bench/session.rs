//! A guard as a bench drives it: its process, with blocking pipes so that nothing of ours stands between
//! write and read, one request at a time. Never what is asked.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use mock_gateway::json::Json;

use super::peer;
use super::scan::{self, Heard, Wrong};
use super::usage::{self, Usage};
use super::watch::Watch;
use crate::launch::{LaunchError, PASSED};
use crate::party::dialect::Dialect;
use crate::subject::Deadlines;

/// How much of a guard's stderr is kept for an error, in bytes.
const STDERR_KEPT: usize = 1 << 10;

/// The longest line that is read: no answer to what is asked here comes near it.
const LONGEST: u64 = 16 << 20;

/// What to start, and how to speak to it.
#[derive(Debug, Clone)]
pub(crate) struct Seat {
    /// The argv, at least the program.
    pub(crate) command: Vec<String>,
    /// All variables but the few that every guard may see.
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) folder: PathBuf,
    pub(crate) dialect: Dialect,
    /// What the guard calls its scan.
    pub(crate) tool: String,
    pub(crate) deadlines: Deadlines,
}

/// A guard that runs, with a session open. Dropping it kills the guard's process group.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) seat: Seat,
    /// What the guard says of itself, `name version`.
    pub(crate) guard: Option<String>,
    pub(crate) stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    pub(crate) watch: Arc<Watch>,
    child: Child,
    said: Arc<Mutex<Vec<u8>>>,
    last_id: u64,
    line: Vec<u8>,
}

impl Session {
    /// Starts the guard on this thread's CPU and opens a session.
    ///
    /// # Errors
    /// The guard cannot be started, or does not answer.
    pub(crate) fn open(seat: &Seat) -> anyhow::Result<Self> {
        let mut session = Self::start(seat)?;
        session.watch.be_patient(seat.deadlines.start);
        if let Some(opening) = seat.dialect.opening() {
            let (_, answer) = session.ask("initialize", Some(&opening))?;
            let told = |name: &str| answer.pointer("/result/serverInfo")?.get(name)?.as_str().map(str::to_owned);
            session.guard = told("name").map(|name| format!("{name} {}", told("version").unwrap_or_default()));
        }
        if let Some(opened) = seat.dialect.opened() {
            let line = format!("{{\"jsonrpc\":\"2.0\",\"method\":\"{opened}\"}}\n");
            session.write(line.as_bytes());
        }
        session.watch.be_patient(seat.deadlines.answer);
        Ok(session)
    }

    /// Starts a process without a session, such as a bare pipe.
    ///
    /// # Errors
    /// It cannot be started.
    pub(crate) fn start(seat: &Seat) -> anyhow::Result<Self> {
        let mut command = Command::new(&seat.command[0]);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command
            .args(&seat.command[1..])
            .env_clear()
            .envs(PASSED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .envs(&seat.environment)
            .env("TMPDIR", &seat.folder)
            .current_dir(&seat.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| LaunchError::Program { program: seat.command[0].clone(), reason: error.to_string() })?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take().expect("stdout is piped"));
        let said = Arc::default();
        let (stderr, kept) = (child.stderr.take().expect("stderr is piped"), Arc::clone(&said));
        let watch = Watch::over(child.id(), seat.deadlines.answer)?;
        // Begun last: if there is no thread for it, the session that is dropped ends the child.
        let session = Self {
            seat: seat.clone(),
            guard: None,
            stdin,
            stdout: BufReader::with_capacity(64 << 10, stdout),
            watch,
            child,
            said,
            last_id: 0,
            line: Vec::new(),
        };
        thread::Builder::new().name("stderr".into()).spawn(move || keep_last(stderr, &kept))?;
        Ok(session)
    }

    /// The next ids, of which the first is returned.
    pub(crate) fn take_ids(&mut self, count: u64) -> u64 {
        self.last_id += count;
        self.last_id - count + 1
    }

    /// Makes a request, and says how long its answer took and what it is.
    ///
    /// # Errors
    /// The guard ends, falls silent, or answers with anything but a result.
    pub(crate) fn ask(&mut self, method: &str, params: Option<&str>) -> anyhow::Result<(Duration, Json)> {
        let id = self.take_ids(1);
        let line = scan::request(&self.seat.dialect, id, method, params);
        let (took, answer) = self.exchange(&line, id)?;
        scan::result(&answer)?;
        Ok((took, answer))
    }

    /// Scans once with a body of this size, and says how long the verdict took.
    ///
    /// # Errors
    /// As [`Session::ask`]; or the verdict is not this scan's ALLOW.
    pub(crate) fn scan(&mut self, size: usize) -> anyhow::Result<Duration> {
        let id = self.take_ids(1);
        let (took, answer) = self.scanned(id, size)?;
        scan::is_allowed(&answer, id)?;
        Ok(took)
    }

    /// Scans once, and says how long the answer took and what it is, whatever that may be.
    ///
    /// # Errors
    /// The guard ends or falls silent.
    pub(crate) fn scanned(&mut self, id: u64, size: usize) -> anyhow::Result<(Duration, Json)> {
        let line = scan::call(&self.seat.dialect, id, &self.seat.tool, &scan::arguments(id, size));
        self.exchange(&line, id)
    }

    /// Calls the tool of the bench's server, and says how long its result took.
    ///
    /// # Errors
    /// As [`Session::ask`]; or the call did not run.
    pub(crate) fn call(&mut self) -> anyhow::Result<Duration> {
        let id = self.take_ids(1);
        let line = scan::call(&self.seat.dialect, id, peer::TOOL, &scan::arguments(id, 0));
        let (took, answer) = self.exchange(&line, id)?;
        scan::has_run(&answer, id)?;
        Ok(took)
    }

    /// Sends one line to what writes it back, and says how long that took.
    ///
    /// # Errors
    /// It does not come back.
    pub(crate) fn echo(&mut self, line: &[u8]) -> anyhow::Result<Duration> {
        let (took, back) = self.round_trip(line)?;
        anyhow::ensure!(back == line, "the bare pipe changed what went through it");
        Ok(took)
    }

    fn exchange(&mut self, line: &[u8], id: u64) -> anyhow::Result<(Duration, Json)> {
        let began = Instant::now();
        self.watch.begin();
        self.write(line);
        loop {
            self.read()?;
            let took = began.elapsed();
            match scan::heard(&self.line)? {
                Heard::Answer(told, answer) if told == id => {
                    self.watch.end();
                    return Ok((took, answer));
                }
                Heard::Answer(told, _) => {
                    return Err(Wrong(format!("request {id} was answered as if it were {told}")).into());
                }
                Heard::Other => {}
            }
        }
    }

    fn round_trip(&mut self, line: &[u8]) -> anyhow::Result<(Duration, &[u8])> {
        let began = Instant::now();
        self.watch.begin();
        self.write(line);
        self.read()?;
        let took = began.elapsed();
        self.watch.end();
        Ok((took, &self.line))
    }

    fn write(&mut self, line: &[u8]) {
        // A guard that reads no more has ended, or will be seen not to answer.
        let _closed = self.stdin.as_mut().expect("stdin is open until the session is closed").write_all(line);
    }

    fn read(&mut self) -> anyhow::Result<()> {
        self.line.clear();
        let mut line = std::mem::take(&mut self.line);
        let read = self.read_line(&mut line);
        self.line = line;
        read
    }

    /// Appends the next line to what is there.
    ///
    /// # Errors
    /// None comes, or none that ends.
    pub(crate) fn read_line(&mut self, line: &mut Vec<u8>) -> anyhow::Result<()> {
        match self.stdout.by_ref().take(LONGEST).read_until(b'\n', line) {
            Ok(_) if line.ends_with(b"\n") => Ok(()),
            Ok(read) if read as u64 == LONGEST => {
                Err(Wrong(format!("the guard wrote a line of more than {} MiB", LONGEST >> 20)).into())
            }
            _ => Err(self.silence()),
        }
    }

    /// Why no more lines come.
    fn silence(&self) -> anyhow::Error {
        if let Some(patience) = self.watch.has_fired() {
            return Wrong(format!("the guard did not answer within {} s", patience.as_secs_f64())).into();
        }
        // What it said last may still be on its way.
        thread::sleep(Duration::from_millis(50));
        let said = String::from_utf8_lossy(&self.said.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
        let said = if said.trim().is_empty() { "nothing".to_owned() } else { said.trim().to_owned() };
        Wrong(format!("the guard ended in the middle of its work, and said on stderr: {said}")).into()
    }

    /// What the guard and its children have used so far; `None` where nobody can tell.
    pub(crate) fn usage(&self) -> Option<Usage> {
        usage::of(self.child.id())
    }

    /// Ends the session as a client does, and waits for the guard to leave; one that stays is killed.
    pub(crate) fn close(mut self) {
        self.stdin = None;
        let began = Instant::now();
        while began.elapsed() < self.seat.deadlines.exit {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.watch.leave();
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Reads stderr to its end, so that nobody waits for it to be read, and keeps what came last.
fn keep_last(mut stderr: ChildStderr, kept: &Mutex<Vec<u8>>) {
    let mut chunk = [0; 4 << 10];
    while let Ok(count @ 1..) = stderr.read(&mut chunk) {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(&chunk[..count]);
        let surplus = kept.len().saturating_sub(STDERR_KEPT);
        kept.drain(..surplus);
    }
}
