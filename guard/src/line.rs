//! The pieces that a line to the client is written of. Never which line goes to whom.

use bytes::Bytes;
use serde::Serialize;

use crate::frame::{Id, Refusal};

/// Begins an answer. The id is left out only where it could not be read (MCP 2025-11-25, basic).
pub(crate) fn start(id: Option<&Id>) -> Vec<u8> {
    let mut line = br#"{"jsonrpc":"2.0""#.to_vec();
    if let Some(id) = id {
        line.extend_from_slice(b",\"id\":");
        line.extend_from_slice(id.as_json().as_bytes());
    }
    line
}

/// Ends the object and the line.
pub(crate) fn end(mut line: Vec<u8>) -> Bytes {
    line.extend_from_slice(b"}\n");
    line.into()
}

/// The whole line that tells why another was refused.
pub(crate) fn refusal(why: &Refusal) -> Bytes {
    #[derive(Serialize)]
    struct Error<'r> {
        code: i32,
        message: &'r str,
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<&'r serde_json::Value>,
    }
    let mut line = start(why.id.as_ref());
    line.extend_from_slice(b",\"error\":");
    put(&mut line, &Error { code: why.code as i32, message: &why.text, data: why.data.as_ref() });
    end(line)
}

/// Writes a value as JSON.
pub(crate) fn put(line: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(line, value).expect("a message of the protocol has string keys and is written to memory");
}

/// Writes a member behind others, where there is a value.
pub(crate) fn put_member(line: &mut Vec<u8>, key: &str, value: Option<&impl Serialize>) {
    if let Some(value) = value {
        line.extend_from_slice(b",\"");
        line.extend_from_slice(key.as_bytes());
        line.extend_from_slice(b"\":");
        put(line, value);
    }
}
