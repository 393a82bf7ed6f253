//! A guard that drops a byte order mark, and so reads what others refuse.

use crate::guard::{Guard, Honest};
use crate::message::{Message, Refusal};

pub(crate) struct BomStripped;

impl Guard for BomStripped {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        Honest.read(line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line))
    }
}
