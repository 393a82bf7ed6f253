//! The upstream's process: its start, the way to its stdin, its end and that of all it started.
//! Never a message.

use std::io::{self, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal};

use super::moment::Moment;

/// How long an upstream may take to end after SIGTERM.
const TERM: Duration = Duration::from_secs(1);

/// A started upstream and its three streams.
pub(crate) type Started = (Child, ChildStdin, ChildStdout, ChildStderr);

/// Starts the command at the head of a process group of its own.
pub(crate) fn start(mut command: Command) -> io::Result<Started> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.process_group(0).spawn()?;
    match (child.stdin.take(), child.stdout.take(), child.stderr.take()) {
        (Some(stdin), Some(stdout), Some(stderr)) => Ok((child, stdin, stdout, stderr)),
        _ => Err(io::Error::other("it has no streams")),
    }
}

/// How an upstream has ended of which nobody could learn it.
pub(crate) fn killed() -> ExitStatus {
    ExitStatus::from_raw(Signal::KILL.as_raw())
}

/// What is left to do with a started upstream.
pub(crate) struct Upstream {
    group: Pid,
    lines: Mutex<Option<Sender<Vec<u8>>>>,
    /// It has ended.
    pub(crate) ended: Moment<ExitStatus>,
    /// Its stdout has ended, and all of it was passed on.
    pub(crate) silent: Moment<()>,
}

impl Upstream {
    pub(crate) fn new(child: &Child, stdin: ChildStdin) -> Self {
        let (lines, queue) = channel();
        thread::spawn(move || write(stdin, &queue));
        Self {
            group: Pid::from_child(child),
            lines: Mutex::new(Some(lines)),
            ended: Moment::default(),
            silent: Moment::default(),
        }
    }

    /// Hands a line over. It never waits: an upstream that does not read must not stop the rest.
    pub(crate) fn send(&self, line: Vec<u8>) {
        if let Some(lines) = &*self.lines.lock().unwrap_or_else(PoisonError::into_inner) {
            // Whoever has ended is mourned elsewhere.
            let _ = lines.send(line);
        }
    }

    /// Whether a line could still be handed over.
    pub(crate) fn is_open(&self) -> bool {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Closes its stdin behind what was handed over before.
    pub(crate) fn close(&self) {
        *self.lines.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Ends it and all that it started: SIGTERM, and SIGKILL for what does not heed it.
    pub(crate) fn end(&self) {
        self.close();
        let _ = rustix::process::kill_process_group(self.group, Signal::TERM);
        self.ended.within(TERM);
        self.kill();
    }

    /// Kills what is left of its group.
    pub(crate) fn kill(&self) {
        let _ = rustix::process::kill_process_group(self.group, Signal::KILL);
    }
}

fn write(mut stdin: ChildStdin, lines: &Receiver<Vec<u8>>) {
    for mut line in lines {
        line.push(b'\n');
        if stdin.write_all(&line).is_err() {
            return;
        }
    }
}
