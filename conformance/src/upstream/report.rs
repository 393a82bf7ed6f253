//! What an upstream tells the harness, and how it stands on the wire between them: the one place that
//! both ends share. Never who listens.
//!
//! A caller first sends its token and a line feed. A report is one byte for its kind, four for the
//! length of what follows (big endian), and that. Greeting and reports are each answered with [`HEARD`],
//! and nobody goes on before that: what the upstream does next is always later in the record.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// The harness has written down what it was told.
pub(crate) const HEARD: u8 = b'+';

/// The longest line that is reported whole, in bytes.
pub(crate) const LINE_LIMIT: usize = 2 << 20;

/// The longest report that is read, in bytes.
pub(crate) const REPORT_LIMIT: u32 = 3 << 20;

/// What happened in an upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Report {
    /// It runs.
    Started(Start),
    /// It could read these variables of the process with this id, which started it.
    Read(u32, Vec<u8>),
    /// It read a line; without its line feed.
    Got(Vec<u8>),
    /// It read a line past [`LINE_LIMIT`], of so many bytes, and threw it away.
    Overlong(u64),
    /// It is about to write a line; without its line feed.
    Sent(Vec<u8>),
    /// Its stdin ended, with this unterminated rest.
    StdinEnded(Vec<u8>),
    /// SIGTERM arrived.
    Terminated,
    /// It is about to exit, with this code.
    Leaving(i32),
}

/// How an upstream was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Start {
    pub(crate) pid: u32,
    /// What stood behind the address on its command line.
    pub(crate) arguments: Vec<String>,
    /// Its variables, by name.
    pub(crate) environment: Vec<(String, String)>,
}

impl Report {
    /// Kind, length and content.
    fn encode(self) -> Vec<u8> {
        let (kind, content) = match self {
            Self::Started(start) => (b's', serde_json::to_vec(&start).expect("texts and numbers are always JSON")),
            Self::Read(pid, environment) => (b'r', [&pid.to_be_bytes()[..], &environment].concat()),
            Self::Got(line) => (b'<', line),
            Self::Overlong(length) => (b'o', length.to_be_bytes().to_vec()),
            Self::Sent(line) => (b'>', line),
            Self::StdinEnded(rest) => (b'e', rest),
            Self::Terminated => (b't', Vec::new()),
            Self::Leaving(code) => (b'x', code.to_be_bytes().to_vec()),
        };
        let length = u32::try_from(content.len()).expect("lines and environments are far shorter than 4 GB");
        [&[kind][..], &length.to_be_bytes(), &content].concat()
    }

    /// What a report of this kind says; `None` when it makes no sense.
    pub(crate) fn decode(kind: u8, content: Vec<u8>) -> Option<Self> {
        Some(match kind {
            b's' => Self::Started(serde_json::from_slice(&content).ok()?),
            b'r' => {
                let (pid, environment) = content.split_first_chunk()?;
                Self::Read(u32::from_be_bytes(*pid), environment.to_vec())
            }
            b'<' => Self::Got(content),
            b'o' => Self::Overlong(u64::from_be_bytes(content.try_into().ok()?)),
            b'>' => Self::Sent(content),
            b'e' => Self::StdinEnded(content),
            b't' if content.is_empty() => Self::Terminated,
            b'x' => Self::Leaving(i32::from_be_bytes(content.try_into().ok()?)),
            _ => return None,
        })
    }
}

/// The upstream's end.
#[derive(Debug)]
pub(super) struct Reporter {
    socket: Mutex<TcpStream>,
}

impl Reporter {
    /// Calls the harness; `place` is its address, a slash, and the token.
    pub(super) fn call(place: &str) -> io::Result<Self> {
        let (address, token) = place
            .split_once('/')
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the place of the harness is ADDRESS/TOKEN"))?;
        let mut socket = TcpStream::connect(address)?;
        socket.set_nodelay(true)?;
        socket.write_all(format!("{token}\n").as_bytes())?;
        heard(&mut socket)?;
        Ok(Self { socket: Mutex::new(socket) })
    }

    /// Reports, and waits until it is written down. Without a harness there is nothing to play for, so
    /// the process ends here when it has gone.
    pub(super) fn tell(&self, report: Report) {
        let mut socket = self.socket.lock().unwrap_or_else(PoisonError::into_inner);
        let told = socket.write_all(&report.encode()).and_then(|()| heard(&mut socket));
        if told.is_err() {
            std::process::exit(1);
        }
    }
}

fn heard(socket: &mut TcpStream) -> io::Result<()> {
    let mut answer = [0];
    socket.read_exact(&mut answer)?;
    if answer == [HEARD] { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_as_it_was_written() {
        let start = Start { pid: 7, arguments: vec!["mute".into()], environment: vec![("A".into(), "é\n".into())] };
        for report in [
            Report::Started(start),
            Report::Got(b"{}\xff".to_vec()),
            Report::Read(7, b"A=1\0".to_vec()),
            Report::Overlong(u64::MAX),
            Report::Sent(Vec::new()),
            Report::StdinEnded(b"rest".to_vec()),
            Report::Terminated,
            Report::Leaving(-1),
        ] {
            let bytes = report.clone().encode();
            let length = u32::from_be_bytes(bytes[1..5].try_into().unwrap());
            assert_eq!(length as usize, bytes.len() - 5);
            assert_eq!(Report::decode(bytes[0], bytes[5..].to_vec()), Some(report));
        }
        assert_eq!(Report::decode(b'?', Vec::new()), None);
        assert_eq!(Report::decode(b'x', b"3".to_vec()), None);
        assert_eq!(Report::decode(b's', b"{}".to_vec()), None);
    }
}
