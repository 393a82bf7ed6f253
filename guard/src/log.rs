//! What is said on stderr: one line at a time, never a body, never the key; and what a server behind
//! us says there, passed on as it is. From the first line on a thread of its own writes, because
//! nobody has to read our stderr and no scan may wait for it.

use std::fmt::Display;
use std::io::Write;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;

/// Lines that may wait to be written; more are dropped, and counted.
const WAITING: usize = 256;

/// How long the last words may take.
const PATIENCE: Duration = Duration::from_millis(50);

static WRITER: OnceLock<Option<SyncSender<Line>>> = OnceLock::new();
static UNWRITTEN: AtomicUsize = AtomicUsize::new(0);
static LOST: AtomicUsize = AtomicUsize::new(0);

enum Line {
    Ours(String),
    Theirs(Bytes),
}

/// Says one line, unless too many wait already. Never waits.
pub fn say(line: impl Display) {
    if offer(Line::Ours(line.to_string())).is_err() {
        lose();
    }
}

/// Says nothing from now on, unless something was said before. For tests that would say it a thousand times.
#[doc(hidden)]
pub fn mute() {
    let _ = WRITER.set(None);
}

/// Passes a line on that is not ours, with its end, unless too many wait already.
///
/// # Errors
/// The line, where too many wait. Who gives up on it tells so by [`lose`].
pub fn pass_on(line: Bytes) -> Result<(), Bytes> {
    offer(Line::Theirs(line)).map_err(|line| match line {
        Line::Theirs(line) => line,
        Line::Ours(line) => line.into(),
    })
}

/// A line was dropped; how many were is said when there is room again.
pub fn lose() {
    LOST.fetch_add(1, Ordering::SeqCst);
}

fn offer(line: Line) -> Result<(), Line> {
    let Some(writer) = WRITER.get_or_init(start) else { return Err(line) };
    UNWRITTEN.fetch_add(1, Ordering::SeqCst);
    writer.try_send(line).map_err(|error| {
        UNWRITTEN.fetch_sub(1, Ordering::SeqCst);
        match error {
            TrySendError::Full(line) | TrySendError::Disconnected(line) => line,
        }
    })
}

/// Says one line here and now. For when nothing else runs: it waits as long as stderr does.
pub fn say_now(line: impl Display) {
    // Nobody is left to tell when stderr itself fails.
    let _ = std::io::stderr().write_all(format!("mcp-guard: {line}\n").as_bytes());
}

/// Gives the lines that wait a moment to be written.
pub fn flush() {
    let begun = Instant::now();
    while UNWRITTEN.load(Ordering::SeqCst) > 0 && begun.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(1));
    }
}

fn start() -> Option<SyncSender<Line>> {
    let (writer, lines) = sync_channel(WAITING);
    thread::Builder::new().name("stderr".to_owned()).spawn(|| write(lines)).ok()?;
    Some(writer)
}

fn write(lines: Receiver<Line>) {
    for line in lines {
        match line {
            Line::Ours(line) => say_now(line),
            Line::Theirs(line) => drop(std::io::stderr().write_all(&line)),
        }
        let lost = LOST.swap(0, Ordering::SeqCst);
        if lost > 0 {
            say_now(format_args!("{lost} lines are missing here, since stderr was not read in time"));
        }
        UNWRITTEN.fetch_sub(1, Ordering::SeqCst);
    }
}
