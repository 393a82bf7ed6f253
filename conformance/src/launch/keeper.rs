//! The keeper: a process beside each guard that starts it, adopts what it leaves behind, and tells.
//! Both ends of that conversation live here. It runs no async code and trusts nothing of the guard.
//!
//! The keeper says `started PID` or `failed REASON`; `flooded STREAM N` when the guard had so much of
//! something that the keeper kills it; `exited code N` or `exited signal N`; then, once the harness has
//! sent a line or gone away, kills what is left, says `left PID NAME` for each such process, and `done`.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, WaitOptions};
#[cfg(target_os = "linux")]
use rustix::thread::CapabilitySet;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt};

use super::{End, LaunchError, watch};
use crate::recording::{Status, Stream};

/// The largest file that a guard may write, in bytes.
const FILE_LIMIT: u64 = 256 << 20;

/// How many files a guard's process may have open unless it asks for more.
const OPEN_LIMIT: u64 = 1024;

/// How long a process that the guard has stopped may take to disappear before it counts as left
/// behind: it needs a moment to die, and is no orphan for that.
const DYING: Duration = Duration::from_millis(500);

/// How often it is looked for processes that come and go.
const LOOKS: usize = 20;

/// How long a keeper may take to say that it and its guard are there, on a busy machine.
const GREETING: Duration = Duration::from_secs(20);

/// How long a keeper may take to clear away and say so. A guard runs as the same user, and can stop or
/// kill its keeper.
const PATIENCE: Duration = Duration::from_secs(5);

static ENDED: AtomicBool = AtomicBool::new(false);

/// Runs as a keeper; the arguments are the socket and the guard's command. Returns the exit code.
pub(super) fn keep() -> i32 {
    let mut arguments = std::env::args_os().skip(2);
    let Some(socket) = arguments.next().and_then(|path| UnixStream::connect(path).ok()) else { return 1 };
    let (Some(program), Ok(ears)) = (arguments.next(), socket.try_clone()) else { return 1 };
    // When the harness has gone there is nobody to tell; what must be killed is killed all the same.
    let say = |line: String| say(&socket, line);
    confine();
    let spawned = Command::new(program).args(arguments).process_group(0).spawn();
    close_streams();
    let mut guard = match spawned {
        Ok(guard) => guard,
        Err(error) => {
            say(format!("failed {error}"));
            return 0;
        }
    };
    let pid = Pid::from_child(&guard);
    say(format!("started {}", guard.id()));
    if let Ok(mouth) = socket.try_clone() {
        std::thread::spawn(move || stop_flood(&mouth, pid));
    }
    let (over, is_over) = std::sync::mpsc::channel::<()>();
    // A line, or the end of the harness: either way the guard's time is over. What an ended guard has
    // left in its group must live until it has been counted.
    std::thread::spawn(move || {
        let _heard = BufReader::new(ears).read_line(&mut String::new());
        while !ENDED.load(Ordering::SeqCst) {
            // The group is where a guard starts, not where it must stay.
            kill_group(pid);
            let _gone = rustix::process::kill_process(pid, Signal::KILL);
            std::thread::sleep(Duration::from_millis(2));
        }
        drop(over);
    });
    let Ok(status) = guard.wait() else { return 1 };
    ENDED.store(true, Ordering::SeqCst);
    let ended = Instant::now();
    say(match (status.code(), status.signal()) {
        (Some(code), _) => format!("exited code {code}"),
        (None, signal) => format!("exited signal {}", signal.unwrap_or_default()),
    });
    let _over = is_over.recv();
    let mut orphans = left(pid);
    while !orphans.is_empty() && ended.elapsed() < DYING {
        std::thread::sleep(Duration::from_millis(2));
        orphans = left(pid);
    }
    if orphans.is_empty() {
        orphans.extend(fleeting(pid));
    }
    for (process, name) in orphans {
        say(format!("left {} {name}", process.as_raw_nonzero()));
    }
    kill_group(pid);
    kill_left(pid);
    say("done".to_owned());
    0
}

/// Says one line, whole: more than one thread does.
fn say(mut socket: &UnixStream, mut line: String) {
    line.push('\n');
    let _gone = socket.write_all(line.as_bytes());
}

/// Kills a guard that has too much of something, with all that it started, and says so before.
fn stop_flood(socket: &UnixStream, guard: Pid) {
    let (stream, kept) = watch::until_flooded();
    let word = FLOODS.iter().find(|(other, _)| *other == stream).map_or("", |(_, word)| word);
    say(socket, format!("flooded {word} {kept}"));
    // As long as the keeper lives: what the guard has started may still be busy when it has ended.
    loop {
        if !ENDED.load(Ordering::SeqCst) {
            kill_group(guard);
        }
        kill_quickly(guard);
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// What a guard is killed for, and the keeper's word for it.
const FLOODS: [(Stream, &str); 3] =
    [(Stream::Processes, "processes"), (Stream::Folder, "folder"), (Stream::Files, "files")];

/// Limits that the guard inherits, and the adoption of its orphans.
fn confine() {
    let limit =
        |resource, bytes| rustix::process::setrlimit(resource, Rlimit { current: Some(bytes), maximum: Some(bytes) });
    let _core = limit(Resource::Core, 0);
    let _file = limit(Resource::Fsize, FILE_LIMIT);
    let maximum = rustix::process::getrlimit(Resource::Nofile).maximum;
    let current = Some(maximum.map_or(OPEN_LIMIT, |maximum| maximum.min(OPEN_LIMIT)));
    let _open = rustix::process::setrlimit(Resource::Nofile, Rlimit { current, maximum });
    // Whoever runs the harness, a guard sees of other processes what a user's sees. Where nothing can be taken
    // away there is no privilege.
    #[cfg(target_os = "linux")]
    for privilege in [CapabilitySet::SYS_ADMIN, CapabilitySet::SYS_PTRACE, CapabilitySet::PERFMON] {
        let _taken = rustix::thread::remove_capability_from_bounding_set(privilege);
    }
    // It was started with the guard's variables; who wants to know them shall ask the guard.
    #[cfg(target_os = "linux")]
    let _hidden = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    #[cfg(target_os = "linux")]
    let _adopted = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// Lets go of the guard's streams, so that they end when the guard closes them.
fn close_streams() {
    if let Ok(null) = std::fs::OpenOptions::new().read(true).write(true).open("/dev/null") {
        let _in = rustix::stdio::dup2_stdin(&null);
        let _out = rustix::stdio::dup2_stdout(&null);
        let _err = rustix::stdio::dup2_stderr(&null);
    }
}

fn kill_group(leader: Pid) {
    let _empty = rustix::process::kill_process_group(leader, Signal::KILL);
}

/// What still lives of the guard's descendants: on Linux all of them, because the keeper adopts them.
fn left(guard: Pid) -> Vec<(Pid, String)> {
    let me = rustix::process::getpid();
    let processes = processes();
    let mut found: Vec<(Pid, String)> = Vec::new();
    let mut parents = vec![me];
    while let Some(parent) = parents.pop() {
        for process in processes.iter().filter(|process| process.parent == Some(parent) && process.pid != guard) {
            // A dead child only waits for its parent to look; mine I look at here.
            if process.dead {
                if parent == me {
                    let _reaped = rustix::process::waitpid(Some(process.pid), WaitOptions::NOHANG);
                }
                continue;
            }
            parents.push(process.pid);
            found.push((process.pid, process.name.clone()));
        }
    }
    found
}

/// A process that lives, but not long enough to be met in the process table: each starts the next and
/// ends. There is always one of them, so a few quick looks will do.
fn fleeting(guard: Pid) -> Option<(Pid, String)> {
    (0..LOOKS).find_map(|_| {
        let found = watch::descendants(rustix::process::getpid());
        found.into_iter().filter(|pid| *pid != guard).find_map(|pid| {
            let line = process(pid)?;
            if line.dead {
                let _reaped = rustix::process::waitpid(Some(pid), WaitOptions::NOHANG);
            }
            (!line.dead).then_some((pid, line.name))
        })
    })
}

/// Kills the descendants that show at once: what lives only for the moment in which it starts another
/// is gone before a whole process table is read.
fn kill_quickly(guard: Pid) {
    for _ in 0..1000 {
        let descendants = watch::descendants(rustix::process::getpid());
        if descendants.is_empty() {
            return;
        }
        for process in descendants {
            let _gone = rustix::process::kill_process(process, Signal::KILL);
            // The guard is looked at where it is awaited, and what is no child of mine by its parent.
            if process != guard {
                let _not_mine = rustix::process::waitpid(Some(process), WaitOptions::NOHANG);
            }
        }
        std::thread::yield_now();
    }
}

/// Kills all that is left, children of the killed included, until nothing is.
fn kill_left(guard: Pid) {
    for _ in 0..1000 {
        kill_quickly(guard);
        let left = left(guard);
        if left.is_empty() {
            return;
        }
        for (process, _) in left {
            let _gone = rustix::process::kill_process(process, Signal::KILL);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

struct ProcessLine {
    pid: Pid,
    parent: Option<Pid>,
    name: String,
    dead: bool,
}

/// The process table, where there is a `/proc` to read it from; else nothing is seen.
fn processes() -> Vec<ProcessLine> {
    let Ok(folder) = std::fs::read_dir("/proc") else { return Vec::new() };
    folder.filter_map(|entry| process(Pid::from_raw(entry.ok()?.file_name().to_str()?.parse().ok()?)?)).collect()
}

/// One line of it.
fn process(pid: Pid) -> Option<ProcessLine> {
    // The name stands in parentheses and may itself hold any character.
    let line = std::fs::read(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    let line = String::from_utf8_lossy(&line).into_owned();
    let (before, after) = line.rsplit_once(')')?;
    let mut fields = after.split_whitespace();
    let dead = matches!(fields.next()?, "Z" | "X");
    let parent = Pid::from_raw(fields.next()?.parse().ok()?);
    Some(ProcessLine { pid, parent, name: before.split_once('(')?.1.replace(['\n', '\r'], " "), dead })
}

/// The harness's end: what the keeper has said.
#[derive(Debug)]
pub(super) struct Reports {
    lines: tokio::io::Lines<tokio::io::BufReader<tokio::net::unix::OwnedReadHalf>>,
    mouth: Option<tokio::net::unix::OwnedWriteHalf>,
    status: Option<Status>,
    flood: Option<(Stream, u64)>,
}

impl Reports {
    /// Waits for the keeper with this process id; whoever else knocks is sent away.
    pub(super) async fn accept(listener: &tokio::net::UnixListener, keeper: Option<u32>) -> Result<Self, LaunchError> {
        let accepted = tokio::time::timeout(GREETING, async {
            loop {
                let (socket, _) = listener.accept().await?;
                let caller = socket.peer_cred()?.pid().and_then(|pid| u32::try_from(pid).ok());
                // Not every system tells who calls.
                if caller.is_none() || caller == keeper {
                    return Ok::<_, std::io::Error>(socket);
                }
            }
        });
        let socket = accepted
            .await
            .map_err(|_| {
                LaunchError::Harness(
                    "the keeper process did not report; does this program call `launch::take_over` first?".into(),
                )
            })?
            .map_err(|error| LaunchError::Harness(format!("hear the keeper: {error}")))?;
        let (ears, mouth) = socket.into_split();
        Ok(Self { lines: tokio::io::BufReader::new(ears).lines(), mouth: Some(mouth), status: None, flood: None })
    }

    /// The next line; `None` when the keeper is gone or silent.
    async fn line(&mut self) -> Option<String> {
        tokio::time::timeout(PATIENCE, self.lines.next_line()).await.ok()?.ok().flatten()
    }

    /// The guard's process id, or why it could not be started. `None` when the keeper is lost already.
    pub(super) async fn started(&mut self) -> Option<Result<u32, String>> {
        let line = self.line().await?;
        match line.split_once(' ')? {
            ("started", pid) => pid.parse().ok().map(Ok),
            ("failed", reason) => Some(Err(reason.to_owned())),
            _ => None,
        }
    }

    /// How the guard ended, waiting at most `limit`. `None` when it still runs, or nobody is left to tell.
    pub(super) async fn exited(&mut self, limit: Duration) -> Option<Status> {
        let until = tokio::time::Instant::now() + limit;
        while self.status.is_none() {
            // Reading a line is cancel safe: what has arrived of it is kept.
            let line = tokio::time::timeout_at(until, self.lines.next_line()).await.ok()?.ok().flatten()?;
            self.status = status(&line);
            self.flood = self.flood.or(flood(&line));
        }
        self.status
    }

    /// Has the guard killed and counts what it left. `None` when the keeper does not do as it is told.
    pub(super) async fn finish(&mut self) -> Option<End> {
        if let Some(mut mouth) = self.mouth.take() {
            let _gone = mouth.write_all(b"finish\n").await;
        }
        let mut orphans = Vec::new();
        loop {
            let line = self.line().await?;
            self.flood = self.flood.or(flood(&line));
            if let Some(status) = status(&line) {
                self.status = Some(status);
            } else if let Some((pid, name)) = line.strip_prefix("left ").and_then(|rest| rest.split_once(' ')) {
                orphans.push((pid.parse().unwrap_or_default(), name.to_owned()));
            } else if line == "done" {
                return Some(End { status: self.status?, orphans, flood: self.flood });
            }
        }
    }
}

/// Kills a keeper that is lost, the guard, and all that either has started: their descendants, and
/// whatever carries the guard's folder in its environment, for its parents may be long gone.
pub(super) fn clear_away(keeper: Option<u32>, guard: Option<u32>, folder: &Path) {
    let mark = [b"TMPDIR=", folder.as_os_str().as_bytes(), b"\0"].concat();
    let is_marked = |pid: Pid| {
        let environment = std::fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero())).unwrap_or_default();
        memchr::memmem::find(&environment, &mark).is_some()
    };
    let known = [keeper, guard].into_iter().flatten();
    let mut doomed: Vec<Pid> = known.filter_map(|pid| Pid::from_raw(i32::try_from(pid).ok()?)).collect();
    for _ in 0..100 {
        let living: Vec<_> = processes().into_iter().filter(|process| !process.dead).collect();
        let before = doomed.len();
        for process in &living {
            let is_child = process.parent.is_some_and(|parent| doomed.contains(&parent));
            if !doomed.contains(&process.pid) && (is_child || is_marked(process.pid)) {
                doomed.push(process.pid);
            }
        }
        for process in &doomed {
            let _gone = rustix::process::kill_process(*process, Signal::KILL);
        }
        if doomed.len() == before && living.iter().all(|process| !doomed.contains(&process.pid)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn flood(line: &str) -> Option<(Stream, u64)> {
    let (word, kept) = line.strip_prefix("flooded ")?.split_once(' ')?;
    let (stream, _) = FLOODS.iter().find(|(_, other)| *other == word)?;
    Some((*stream, kept.parse().ok()?))
}

fn status(line: &str) -> Option<Status> {
    let (kind, number) = line.strip_prefix("exited ")?.split_once(' ')?;
    let number = number.parse().ok()?;
    match kind {
        "code" => Some(Status::Code(number)),
        "signal" => Some(Status::Signal(number)),
        _ => None,
    }
}
