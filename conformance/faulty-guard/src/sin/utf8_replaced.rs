//! A guard that replaces what is not UTF-8, and asks about another body than the one sent.

use crate::guard::{Guard, Honest};
use crate::message::{Message, Refusal};

pub(crate) struct Utf8Replaced;

impl Guard for Utf8Replaced {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        Honest.read(String::from_utf8_lossy(line).as_bytes())
    }
}
