//! What a fault makes of an answer: the bytes that are sent, and how they end. Pure; the sending is
//! in `play`.

use std::fmt::Write as _;

use bytes::Bytes;
use hyper::StatusCode;

use crate::answer::Answer;
use crate::scenario::{Drip, Fault};

/// What comes in the place of HTTP.
const GARBAGE: &[u8] = b"\x00\xffthis is not HTTP\r\n\r\n";

/// What becomes of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Course {
    /// HTTP sends it.
    Whole(Answer),
    /// Nothing comes, ever.
    Never,
    /// It is sent as bytes of our own.
    Broken(Broken),
}

/// An answer as HTTP would not send it, and the end of its connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    /// What is sent first.
    pub(super) first: Vec<u8>,
    /// How many spaces follow.
    pub(super) spaces: u64,
    /// What is sent last.
    pub(super) last: Bytes,
    /// How fast; left out, at once.
    pub(super) pace: Option<Drip>,
    /// How the connection ends.
    pub(super) end: End,
    /// Status and body, where a client gets them whole in the end.
    pub(super) whole: Option<(u16, Bytes)>,
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// RST.
    Reset,
    /// FIN, which under TLS comes unannounced.
    Cut,
    /// In good order.
    Finish,
}

impl Course {
    /// What the fault makes of the answer. A mute fault needs none.
    pub(crate) fn of(answer: Option<Answer>, fault: Option<Fault>) -> Self {
        let Some(fault) = fault else { return answer.map_or(Self::Never, Self::Whole) };
        let cut = |first: Vec<u8>, end| Broken { first, spaces: 0, last: Bytes::new(), pace: None, end, whole: None };
        let broken = match (fault, answer) {
            (Fault::Hang, _) => return Self::Never,
            (Fault::Reset, _) => cut(Vec::new(), End::Reset),
            (Fault::Close, _) => cut(Vec::new(), End::Cut),
            (Fault::Garbage, _) => cut(GARBAGE.to_vec(), End::Cut),
            (_, None) => return Self::Never,
            // The answer was made like this.
            (Fault::TruncatedJson, Some(answer)) => return Self::Whole(answer),
            (Fault::ResetAfter(bytes), Some(answer)) => cut(beginning(&answer, bytes.get()), End::Reset),
            (Fault::CloseAfter(bytes), Some(answer)) => cut(beginning(&answer, bytes.get()), End::Cut),
            (Fault::ResetMidBody, Some(answer)) => cut(with_half_a_body(&answer), End::Reset),
            (Fault::CloseMidBody, Some(answer)) => cut(with_half_a_body(&answer), End::Cut),
            (Fault::ContentLengthOffBy(by), Some(answer)) => {
                let length = (answer.body.len() as u64).saturating_add_signed(by.get().into());
                cut(joined(&answer, &format!("content-length: {length}\r\n")), End::Cut)
            }
            (Fault::BadChunk, Some(answer)) => cut(with_a_bad_chunk(&answer), End::Cut),
            (Fault::Drip(pace), Some(answer)) => Broken {
                pace: Some(pace),
                whole: Some((answer.status, answer.body.clone())),
                ..cut(joined(&answer, &last_answer(answer.body.len() as u64)), End::Finish)
            },
            (Fault::HugeBody(bytes), Some(answer)) => {
                let spaces = u64::from(bytes.get()).saturating_sub(answer.body.len() as u64);
                Broken {
                    spaces,
                    last: answer.body.clone(),
                    whole: Some((answer.status, answer.body.clone())),
                    ..cut(head(&answer, &last_answer(spaces + answer.body.len() as u64)), End::Finish)
                }
            }
        };
        Self::Broken(broken)
    }
}

fn last_answer(length: u64) -> String {
    format!("content-length: {length}\r\nconnection: close\r\n")
}

/// The status line and the headers; `rest` is the last of them.
fn head(answer: &Answer, rest: &str) -> Vec<u8> {
    let Answer { status, content_type, location, retry_after, allow, .. } = answer;
    let reason = StatusCode::from_u16(*status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default();
    let mut head = format!("HTTP/1.1 {status} {reason}\r\n");
    let retry_after = retry_after.map(|seconds| seconds.to_string());
    for (name, value) in [
        ("content-type", Some(content_type.as_ref())),
        ("location", location.as_deref()),
        ("retry-after", retry_after.as_deref()),
        ("allow", *allow),
    ] {
        if let Some(value) = value {
            write!(head, "{name}: {value}\r\n").expect("a String takes every text");
        }
    }
    head.push_str(rest);
    head.push_str("\r\n");
    head.into_bytes()
}

/// The answer in one piece, with these last headers.
fn joined(answer: &Answer, rest: &str) -> Vec<u8> {
    let mut bytes = head(answer, rest);
    bytes.extend_from_slice(&answer.body);
    bytes
}

fn good(answer: &Answer) -> Vec<u8> {
    joined(answer, &format!("content-length: {}\r\n", answer.body.len()))
}

fn beginning(answer: &Answer, length: u32) -> Vec<u8> {
    let mut bytes = good(answer);
    bytes.truncate(usize::try_from(length).unwrap_or(usize::MAX));
    bytes
}

fn with_half_a_body(answer: &Answer) -> Vec<u8> {
    let mut bytes = good(answer);
    bytes.truncate(bytes.len() - answer.body.len().div_ceil(2));
    bytes
}

fn with_a_bad_chunk(answer: &Answer) -> Vec<u8> {
    let mut bytes = head(answer, "transfer-encoding: chunked\r\n");
    let (first, second) = answer.body.split_at(answer.body.len() / 2);
    if !first.is_empty() {
        bytes.extend_from_slice(format!("{:x}\r\n", first.len()).as_bytes());
        bytes.extend_from_slice(first);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"no-size\r\n");
    bytes.extend_from_slice(second);
    bytes.extend_from_slice(b"\r\n0\r\n\r\n");
    bytes
}
