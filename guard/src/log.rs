//! What is said on stderr: one line at a time, never a body, never the key. From the first line on a
//! thread of its own writes, because nobody has to read our stderr and no scan may wait for it.

use std::fmt::Display;
use std::io::Write;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// Lines that may wait to be written; more are dropped, and counted.
const WAITING: usize = 256;

/// How long the last words may take.
const PATIENCE: Duration = Duration::from_millis(50);

static WRITER: OnceLock<Option<SyncSender<String>>> = OnceLock::new();
static UNWRITTEN: AtomicUsize = AtomicUsize::new(0);
static LOST: AtomicUsize = AtomicUsize::new(0);

/// Says one line, unless too many wait already. Never waits.
pub fn say(line: impl Display) {
    UNWRITTEN.fetch_add(1, Ordering::SeqCst);
    let taken = WRITER.get_or_init(start).as_ref().is_some_and(|writer| writer.try_send(line.to_string()).is_ok());
    if !taken {
        UNWRITTEN.fetch_sub(1, Ordering::SeqCst);
        LOST.fetch_add(1, Ordering::SeqCst);
    }
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

fn start() -> Option<SyncSender<String>> {
    let (writer, lines) = sync_channel(WAITING);
    thread::Builder::new().name("stderr".to_owned()).spawn(|| write(lines)).ok()?;
    Some(writer)
}

fn write(lines: Receiver<String>) {
    for line in lines {
        say_now(line);
        let lost = LOST.swap(0, Ordering::SeqCst);
        if lost > 0 {
            say_now(format_args!("{lost} lines are missing here, since stderr was not read in time"));
        }
        UNWRITTEN.fetch_sub(1, Ordering::SeqCst);
    }
}
