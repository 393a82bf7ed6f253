//! Bytes → lines, with a bound on what one line may occupy. Never looks at what a line says.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

/// The longest line that is read as a message, in bytes: a gateway of the larger plans takes bodies
/// of 1 MB, and escapes may make a line a few times longer than what it says.
pub const MAX_LINE: usize = 4 * 1024 * 1024;

/// How much room a read is given; a pipe of Linux holds 64 KiB.
const ROOM: usize = 8 * 1024;

/// One line, without its line feed.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// All of it.
    Whole(Bytes),
    /// The first [`MAX_LINE`] bytes of a longer one; the rest was read and forgotten.
    Overlong(Bytes),
}

/// Reads lines.
#[derive(Debug)]
pub struct Lines<R> {
    source: R,
    buffer: BytesMut,
    /// How far the buffer is known to hold no line feed.
    searched: usize,
    /// The start of a line whose rest is being skipped.
    skipping: Option<Bytes>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Reads from `source`.
    pub fn new(source: R) -> Self {
        Self { source, buffer: BytesMut::new(), searched: 0, skipping: None }
    }

    /// The next line; `None` at the end, where an unterminated last line is dropped. No byte is lost
    /// when the future is dropped.
    ///
    /// # Errors
    /// What reading gave.
    pub async fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            if let Some(line) = self.buffered() {
                return Ok(Some(line));
            }
            self.buffer.reserve(ROOM);
            if self.source.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }

    fn buffered(&mut self) -> Option<Line> {
        let end = memchr::memchr(b'\n', &self.buffer[self.searched..]).map(|at| self.searched + at);
        if let Some(end) = end {
            let mut line = self.buffer.split_to(end + 1);
            line.truncate(end);
            self.searched = 0;
            return Some(match self.skipping.take() {
                Some(start) => Line::Overlong(start),
                None if end > MAX_LINE => Line::Overlong(line.freeze().slice(..MAX_LINE)),
                None => Line::Whole(line.freeze()),
            });
        }
        self.searched = self.buffer.len();
        if self.skipping.is_some() {
            self.buffer.clear();
            self.searched = 0;
        } else if self.buffer.len() > MAX_LINE {
            self.skipping = Some(self.buffer.split_to(MAX_LINE).freeze());
            self.buffer.clear();
            self.searched = 0;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(text: &[u8]) -> Vec<Line> {
        let mut lines = Lines::new(text);
        let mut all = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            all.push(line);
        }
        all
    }

    fn whole(text: &str) -> Line {
        Line::Whole(Bytes::copy_from_slice(text.as_bytes()))
    }

    #[tokio::test]
    async fn lines_end_with_a_line_feed_and_the_last_one_must_too() {
        assert_eq!(lines(b"a\n\nb\r\nleft over").await, [whole("a"), whole(""), whole("b\r")]);
    }

    #[tokio::test]
    async fn a_line_split_over_many_reads_is_one_line() {
        let reader = tokio_test_reader(&[b"{\"a\"", b":1}", b"\n{}", b"\n"]);
        let mut lines = Lines::new(reader);
        assert_eq!(lines.next().await.unwrap(), Some(whole("{\"a\":1}")));
        assert_eq!(lines.next().await.unwrap(), Some(whole("{}")));
        assert_eq!(lines.next().await.unwrap(), None);
    }

    /// Gives each piece to a read of its own.
    fn tokio_test_reader(pieces: &'static [&'static [u8]]) -> impl AsyncRead + Unpin {
        let (mut ours, theirs) = tokio::io::duplex(4);
        tokio::spawn(async move {
            for piece in pieces {
                tokio::io::AsyncWriteExt::write_all(&mut ours, piece).await.unwrap();
            }
        });
        theirs
    }

    #[tokio::test]
    async fn a_line_past_the_limit_is_told_by_its_start_and_the_next_one_is_served() {
        let mut text = vec![b'x'; 3 * MAX_LINE];
        text.extend_from_slice(b"\nnext\n");
        let all = lines(&text).await;
        assert!(matches!(&all[0], Line::Overlong(start) if start.len() == MAX_LINE));
        assert_eq!(all[1..], [whole("next")]);
        let mut exact = vec![b'x'; MAX_LINE];
        exact.push(b'\n');
        assert!(matches!(&lines(&exact).await[..], [Line::Whole(line)] if line.len() == MAX_LINE));
    }
}
