//! Reads what a guard writes, within limits on memory. Never what it means.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{ChildStderr, ChildStdout};

use super::inbox::Inbox;
use crate::log::Log;
use crate::recording::{Event, Stream, Text};
use crate::version::Version;

/// How much of a guard's stdout is kept in one play, in bytes; more ends the play.
const STDOUT_LIMIT: usize = 8 << 20;

/// What a client may get for each request that it made, in bytes, beside the limits of a play.
const ANSWER_LIMIT: usize = 4 << 10;

/// What a line costs beside its bytes, in bytes: a million empty lines are no small matter.
const LINE_COST: usize = 256;

/// How much the messages of one play may take once they are read, in bytes: a line of nothing but
/// commas grows to thirty times its length. More ends the play as too many bytes do.
const READ_LIMIT: usize = 10 << 20;

/// What one value takes once it is read, in bytes.
const VALUE_COST: usize = 64;

/// How much of a guard's stderr is kept in one play, in bytes; more is read and thrown away.
const STDERR_LIMIT: usize = 1 << 20;

/// How much is read at a time, in bytes.
const CHUNK: usize = 64 << 10;

/// Reads messages into the inbox until they end or are too many.
pub(super) async fn read_stdout(
    mut stdout: ChildStdout,
    version: Version,
    inbox: Arc<Inbox>,
    asked: Arc<AtomicUsize>,
    log: Log,
) {
    let mut lines = Lines::default();
    let (mut kept, mut taken) = (0, 0);
    let mut chunk = vec![0; CHUNK];
    'reading: while let Some(bytes) = read(&mut stdout, &mut chunk).await {
        kept += bytes.len();
        for line in lines.push(bytes) {
            taken += VALUE_COST * values(&line);
            if taken > READ_LIMIT + asked.load(Ordering::Relaxed) * ANSWER_LIMIT {
                // Whoever reads it would need that much, the judge too: it is no message to anyone.
                log.push(Event::Flooded { stream: Stream::Stdout, kept: kept as u64 });
                break 'reading;
            }
            log.push(Event::ClientReceived { line: Text(line.clone()) });
            kept += LINE_COST * inbox.take(&line, version).max(1);
        }
        if kept > STDOUT_LIMIT + asked.load(Ordering::Relaxed) * ANSWER_LIMIT {
            log.push(Event::Flooded { stream: Stream::Stdout, kept: kept as u64 });
            break;
        }
    }
    log.push(Event::StdoutEnded { rest: Text(lines.rest()) });
    inbox.state().closed = true;
    inbox.changed.notify_waiters();
}

/// How many values a line of JSON holds at most, names of members counted too.
fn values(line: &[u8]) -> usize {
    let (mut count, mut quoted, mut escaped) = (1, false, false);
    for byte in line {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' | b':' | b'[' | b'{' if !quoted => count += 1,
            _ => {}
        }
    }
    count
}

pub(super) async fn read_stderr(mut stderr: ChildStderr, log: Log) {
    let mut kept = 0;
    let mut chunk = vec![0; CHUNK];
    while let Some(bytes) = read(&mut stderr, &mut chunk).await {
        if kept > STDERR_LIMIT {
            continue;
        }
        kept += bytes.len();
        log.push(Event::Stderr { chunk: Text(Bytes::copy_from_slice(bytes)) });
        if kept > STDERR_LIMIT {
            log.push(Event::Flooded { stream: Stream::Stderr, kept: kept as u64 });
        }
    }
}

async fn read<'a>(stream: &mut (impl AsyncRead + Unpin), chunk: &'a mut [u8]) -> Option<&'a [u8]> {
    match stream.read(chunk).await {
        Ok(0) | Err(_) => None,
        Ok(count) => Some(&chunk[..count]),
    }
}

/// Cuts a stream of bytes into lines.
#[derive(Debug, Default)]
struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// The lines that these bytes complete, without their line feeds.
    fn push(&mut self, bytes: &[u8]) -> Vec<Bytes> {
        let mut lines = Vec::new();
        let mut parts = bytes.split(|byte| *byte == b'\n');
        let mut part = parts.next();
        for next in parts {
            self.rest.extend_from_slice(part.unwrap_or_default());
            lines.push(Bytes::from(std::mem::take(&mut self.rest)));
            part = Some(next);
        }
        self.rest.extend_from_slice(part.unwrap_or_default());
        lines
    }

    fn rest(self) -> Bytes {
        Bytes::from(self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_of_a_line_is_missed() {
        for (line, count) in [("", 1), ("[[],{}]", 5), (r#"{"a":[1,2]}"#, 5), (r#"["a,\"[{:",2]"#, 3)] {
            assert_eq!(values(line.as_bytes()), count, "{line}");
        }
    }

    #[test]
    fn lines_are_cut_wherever_the_chunks_are() {
        let mut lines = Lines::default();
        assert!(lines.push(b"on").is_empty());
        assert_eq!(lines.push(b"e\ntwo\n\nthr"), [&b"one"[..], b"two", b""]);
        assert_eq!(lines.push(b"ee\r\n"), [&b"three\r"[..]]);
        assert!(lines.rest().is_empty());
    }
}
