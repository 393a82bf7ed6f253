//! A guard whose parse errors show what could not be parsed.

use crate::guard::{Guard, Honest, log_line};
use crate::message::{Message, Refusal};

pub(crate) struct BadLineQuoted;

impl Guard for BadLineQuoted {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        let read = Honest.read(line);
        if read.is_err() {
            log_line(&format!("cannot read {}", String::from_utf8_lossy(line)));
        }
        read
    }
}
