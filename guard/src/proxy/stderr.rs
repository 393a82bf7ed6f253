//! What the server says on its stderr, passed on line by line. The pipe is always drained: a server
//! must not stand still because nobody reads ours. Never mixed into a line of our own.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::{Instant, sleep};

use crate::key::ApiKey;
use crate::log;

/// A line longer than this is passed on in pieces.
const LONGEST: usize = 16 * 1024;

/// How long a reader of our stderr may need before lines are dropped for it.
const PATIENCE: Duration = Duration::from_millis(50);

/// Passes everything on, to its end.
pub(super) async fn drain(mut stderr: impl AsyncRead + Unpin, key: ApiKey) {
    let mut buffer = BytesMut::with_capacity(LONGEST);
    // Nobody has taken a line for a while; no further one is waited for until somebody does.
    let mut stalled = false;
    loop {
        let at_end = !matches!(stderr.read_buf(&mut buffer).await, Ok(1..));
        while let Some(line) = next(&mut buffer, at_end) {
            let line =
                if key.is_in(&line) { Bytes::from_static(b"(a line that held the gateway key)\n") } else { line };
            stalled = !pass_on(line, stalled).await;
        }
        if at_end {
            return;
        }
        buffer.reserve(LONGEST);
    }
}

fn next(buffer: &mut BytesMut, at_end: bool) -> Option<Bytes> {
    if let Some(at) = memchr::memchr(b'\n', buffer) {
        return Some(buffer.split_to(at + 1).freeze());
    }
    if buffer.is_empty() || buffer.len() < LONGEST && !at_end {
        return None;
    }
    buffer.extend_from_slice(b"\n");
    Some(buffer.split().freeze())
}

/// Whether the line was taken.
async fn pass_on(mut line: Bytes, stalled: bool) -> bool {
    let begun = Instant::now();
    while let Err(refused) = log::pass_on(line) {
        if stalled || begun.elapsed() > PATIENCE {
            log::lose();
            return false;
        }
        line = refused;
        sleep(Duration::from_millis(1)).await;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_passed_on_whole_and_long_ones_in_pieces() {
        let mut buffer = BytesMut::from(&b"a\nb\r\nleft"[..]);
        let mut lines = || std::iter::from_fn(|| next(&mut buffer, false)).collect::<Vec<_>>();
        assert_eq!(lines(), [&b"a\n"[..], b"b\r\n"]);
        assert_eq!(next(&mut buffer, true).as_deref(), Some(&b"left\n"[..]));
        assert_eq!(next(&mut buffer, true), None);
        let mut long = BytesMut::from(&b"x".repeat(LONGEST)[..]);
        assert_eq!(next(&mut long, false).map(|line| line.len()), Some(LONGEST + 1));
    }
}
