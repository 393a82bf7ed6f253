//! A guard that compares keys as they are written, not as they are read.

use crate::guard::{Guard, Honest};
use crate::message::{Message, Refusal};

pub(crate) struct EscapedKeysUnseen;

impl Guard for EscapedKeysUnseen {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        let text = String::from_utf8_lossy(line);
        match text.find("\\u0075rl") {
            // To its eyes these are two keys; the gateway and the tool see one.
            Some(_) => Honest.read(text.replacen("\\u0075rl", "other", 1).as_bytes()),
            None => Honest.read(line),
        }
    }
}
