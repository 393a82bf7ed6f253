//! Bytes → lines, with a bound on what one line may occupy. Never looks at what a line says.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::rescue::{Rescue, Rescued};

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
    /// What was told by one longer than the bound, which was read and forgotten.
    Overlong(Rescued),
}

/// Reads lines.
#[derive(Debug)]
pub struct Lines<R> {
    source: R,
    /// The longest line that is kept, in bytes.
    bound: usize,
    buffer: BytesMut,
    /// How far the buffer is known to hold no line feed.
    searched: usize,
    /// What a line told that is being skipped.
    skipping: Option<Rescue>,
    at_end: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Reads from `source` lines of up to [`MAX_LINE`].
    pub fn new(source: R) -> Self {
        Self::up_to(MAX_LINE, source)
    }

    /// Reads from `source` lines of up to so many bytes.
    pub fn up_to(bound: usize, source: R) -> Self {
        Self { source, bound, buffer: BytesMut::new(), searched: 0, skipping: None, at_end: false }
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
            if self.at_end {
                return Ok(None);
            }
            self.fill().await?;
        }
    }

    /// Reads on while nobody takes lines, and comes back when the input is at its end: a client that
    /// leaves must be noticed even though it never reads an answer. Past a bound it waits for
    /// ever. No byte is lost when the future is dropped.
    ///
    /// # Errors
    /// What reading gave.
    pub async fn end(&mut self) -> io::Result<()> {
        while !self.at_end {
            if self.buffer.len() >= 2 * self.bound {
                return std::future::pending().await;
            }
            self.fill().await?;
        }
        Ok(())
    }

    async fn fill(&mut self) -> io::Result<()> {
        self.buffer.reserve(ROOM);
        let read = self.source.read_buf(&mut self.buffer).await;
        self.at_end = !matches!(read, Ok(1..));
        match read {
            // How the socket of a client ends that left without reading all of our answers.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(()),
            read => read.map(|_| ()),
        }
    }

    fn buffered(&mut self) -> Option<Line> {
        let end = memchr::memchr(b'\n', &self.buffer[self.searched..]).map(|at| self.searched + at);
        let Some(end) = end else {
            self.searched = self.buffer.len();
            if self.skipping.is_some() || self.buffer.len() > self.bound {
                self.skipping.get_or_insert_default().push(&self.buffer);
                self.buffer.clear();
                self.searched = 0;
            }
            return None;
        };
        let mut line = self.buffer.split_to(end + 1);
        line.truncate(end);
        self.searched = 0;
        if self.skipping.is_none() && end <= self.bound {
            return Some(Line::Whole(line.freeze()));
        }
        let mut rescue = self.skipping.take().unwrap_or_default();
        rescue.push(&line);
        Some(Line::Overlong(rescue.finish()))
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
    async fn a_line_past_the_limit_tells_its_id_wherever_it_stands_and_the_next_one_is_served() {
        let id = |rescued: &Rescued| rescued.id.as_ref().map(|id| id.as_json().to_owned());
        for length in [MAX_LINE, 3 * MAX_LINE] {
            let long = "x".repeat(length);
            let text = format!("{{\"method\":\"m\",\"params\":{{\"id\":1,\"x\":\"{long}\"}},\"id\":7}}\nnext\n");
            let all = lines(text.as_bytes()).await;
            assert!(matches!(&all[0], Line::Overlong(rescued) if id(rescued).as_deref() == Some("7")), "{length}");
            assert_eq!(all[1..], [whole("next")]);
        }
        let mut exact = vec![b'x'; MAX_LINE];
        exact.push(b'\n');
        assert!(matches!(&lines(&exact).await[..], [Line::Whole(line)] if line.len() == MAX_LINE));
    }

    #[tokio::test]
    async fn the_end_is_seen_over_lines_that_nobody_takes() {
        let mut reader = Lines::new(&b"a\nb\n"[..]);
        reader.end().await.unwrap();
        assert_eq!(reader.next().await.unwrap(), Some(whole("a")));
        reader.end().await.unwrap();
        assert_eq!(reader.next().await.unwrap(), Some(whole("b")));
        assert_eq!(reader.next().await.unwrap(), None);
    }

    #[tokio::test]
    async fn no_more_is_read_ahead_than_the_bound() {
        let mut reader = Lines::new(tokio::io::repeat(b'\n'));
        let patience = std::time::Duration::from_millis(500);
        assert!(tokio::time::timeout(patience, reader.end()).await.is_err());
        assert!((2 * MAX_LINE..2 * MAX_LINE + 2 * ROOM).contains(&reader.buffer.len()), "{}", reader.buffer.len());
    }
}
