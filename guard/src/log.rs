//! What is said on stderr: one line at a time, never a body, never the key. Bounded, because a client
//! that never reads our stderr must not bring the guard to a halt.

use std::fmt::Display;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Less than the 64 KiB that a pipe holds, in bytes.
const MOST: usize = 32 * 1024;

static SAID: AtomicUsize = AtomicUsize::new(0);

/// Says one line, unless too much was said already.
pub fn say(line: impl Display) {
    let line = format!("mcp-guard: {line}\n");
    let before = SAID.fetch_add(line.len(), Ordering::Relaxed);
    let mut stderr = std::io::stderr().lock();
    // Nobody is left to tell when stderr itself fails.
    if before + line.len() <= MOST {
        let _ = stderr.write_all(line.as_bytes());
    } else if before <= MOST {
        let _ = stderr.write_all(b"mcp-guard: enough was said here; the rest is not shown\n");
    }
}
