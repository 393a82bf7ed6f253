//! As much of HTTP/1.1 as a bench needs at both of its ends: one whole message out of a stream. Never what
//! is in it.

use std::io::{self, Read, Write};
use std::ops::Range;

use memchr::memmem;

/// How large a head may be, in bytes.
const HEAD_LIMIT: usize = 64 << 10;

/// How much is read at a time, in bytes.
const CHUNK: usize = 64 << 10;

/// What has been read of a stream and not been used.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    chunk: Vec<u8>,
}

/// Where the parts of one message stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) head: Range<usize>,
    pub(crate) body: Range<usize>,
    /// Whether its sender waits for the connection to end behind the answer.
    pub(crate) is_last: bool,
}

impl Buffer {
    /// Reads until one message is there; `None` when the stream ends before it begins.
    pub(crate) fn message(&mut self, stream: &mut (impl Read + Write)) -> io::Result<Option<Message>> {
        let mut told_to_go_on = false;
        loop {
            if let Some(end) = memmem::find(&self.bytes, b"\r\n\r\n") {
                let head = Head::read(&self.bytes[..end])?;
                let body = end + 4;
                let whole = match head.length {
                    Length::Known(length) => (self.bytes.len() >= body + length).then_some(body + length),
                    Length::Chunked => memmem::find(&self.bytes[body..], b"0\r\n\r\n").map(|last| body + last + 5),
                };
                if let Some(whole) = whole {
                    return Ok(Some(Message { head: 0..end, body: body..whole, is_last: head.closes }));
                }
                if head.waits && !told_to_go_on {
                    stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
                    told_to_go_on = true;
                }
            } else if self.bytes.len() > HEAD_LIMIT {
                return Err(io::Error::other("the head of a message has no end"));
            }
            self.chunk.resize(CHUNK, 0);
            match stream.read(&mut self.chunk)? {
                0 if self.bytes.is_empty() => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => self.bytes.extend_from_slice(&self.chunk[..count]),
            }
        }
    }

    pub(crate) fn slice(&self, range: Range<usize>) -> &[u8] {
        &self.bytes[range]
    }

    /// Forgets a message, now that it was used.
    pub(crate) fn consume(&mut self, message: &Message) {
        self.bytes.drain(..message.body.end);
    }
}

/// What a head says of the body behind it.
struct Head {
    length: Length,
    waits: bool,
    closes: bool,
}

enum Length {
    Known(usize),
    Chunked,
}

impl Head {
    fn read(bytes: &[u8]) -> io::Result<Self> {
        let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
        let mut head = Self { length: Length::Known(0), waits: false, closes: false };
        for (name, value) in text.lines().skip(1).filter_map(|line| line.split_once(':')) {
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                head.length = Length::Known(value.parse().map_err(io::Error::other)?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") && value.eq_ignore_ascii_case("chunked") {
                head.length = Length::Chunked;
            } else if name.eq_ignore_ascii_case("expect") {
                head.waits = true;
            } else if name.eq_ignore_ascii_case("connection") && value.eq_ignore_ascii_case("close") {
                head.closes = true;
            }
        }
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time, and keeps what is written to it.
    struct Dribble {
        bytes: Vec<u8>,
        written: Vec<u8>,
    }

    impl Read for Dribble {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.bytes.len().min(into.len()).min(3);
            into[..count].copy_from_slice(&self.bytes[..count]);
            self.bytes.drain(..count);
            Ok(count)
        }
    }

    impl Write for Dribble {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.written.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn bodies(text: &str) -> (Vec<String>, Vec<u8>) {
        let mut stream = Dribble { bytes: text.into(), written: Vec::new() };
        let (mut buffer, mut bodies) = (Buffer::default(), Vec::new());
        while let Some(message) = buffer.message(&mut stream).unwrap() {
            bodies.push(String::from_utf8(buffer.slice(message.body.clone()).to_vec()).unwrap());
            buffer.consume(&message);
        }
        (bodies, stream.written)
    }

    #[test]
    fn messages_are_cut_where_they_end() {
        let two = "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhelloGET /health HTTP/1.1\r\nhost: a\r\n\r\n";
        assert_eq!(bodies(two).0, ["hello", ""]);
        let chunked = "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
        assert_eq!(bodies(&chunked.repeat(2)).0, ["5\r\nhello\r\n0\r\n\r\n"; 2]);
    }

    #[test]
    fn who_waits_to_be_told_is_told_once() {
        let (bodies, written) = bodies("POST / HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n123456789");
        assert_eq!(bodies, ["123456789"]);
        assert_eq!(written, b"HTTP/1.1 100 Continue\r\n\r\n");
    }

    #[test]
    fn who_wants_the_connection_to_end_says_so() {
        for (header, is_last) in [("Connection: close", true), ("connection: keep-alive", false), ("a: close", false)] {
            let bytes = format!("GET / HTTP/1.1\r\n{header}\r\n\r\n").into_bytes();
            let mut stream = Dribble { bytes, written: Vec::new() };
            assert_eq!(Buffer::default().message(&mut stream).unwrap().map(|message| message.is_last), Some(is_last));
        }
    }

    #[test]
    fn half_a_message_is_an_error() {
        let mut stream = Dribble { bytes: b"GET / HT".to_vec(), written: Vec::new() };
        let error = Buffer::default().message(&mut stream).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
