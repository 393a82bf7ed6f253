//! One HTTP exchange by hand, for guards that have their limits on the socket rather than on the
//! clock. Never TLS, and never a retry.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::gateway::{Answer, Gateway, Trouble};
use crate::question::Question;

/// What parts the head of an answer from its body.
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// Asks once. `limit` says how long to wait for the next bytes, and is told whether the head is there.
pub(crate) fn ask(
    gateway: &Gateway,
    question: &Question,
    limit: impl Fn(bool) -> Option<Duration>,
) -> Result<Answer, Trouble> {
    let mut stream = TcpStream::connect(host(gateway)).map_err(|_| Trouble::Refused)?;
    let bytes = exchange(&mut stream, gateway, question, limit).map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Trouble::Timeout,
        _ => Trouble::Reset,
    })?;
    let broken = || Trouble::Broken("the answer ended in the middle".into());
    let head = end_of_head(&bytes).ok_or_else(broken)?;
    let status = bytes.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    Ok(Answer { status: status.ok_or_else(broken)?, body: bytes[head..].to_vec(), ..Answer::default() })
}

fn exchange(
    stream: &mut TcpStream,
    gateway: &Gateway,
    question: &Question,
    limit: impl Fn(bool) -> Option<Duration>,
) -> io::Result<Vec<u8>> {
    let (host, path, key) = (host(gateway), question.tool.path(), gateway.config.key.secret());
    let question = question.wire();
    let body = question.get();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        stream.set_read_timeout(limit(end_of_head(&bytes).is_some()))?;
        match stream.read(&mut piece)? {
            0 => return Ok(bytes),
            length => bytes.extend_from_slice(&piece[..length]),
        }
    }
}

/// Where the body begins.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(END_OF_HEAD.len()).position(|window| window == END_OF_HEAD).map(|start| start + END_OF_HEAD.len())
}

fn host(gateway: &Gateway) -> &str {
    gateway.config.gateway.trim_start_matches("http://")
}
