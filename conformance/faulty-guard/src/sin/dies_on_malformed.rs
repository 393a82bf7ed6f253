//! A guard that takes a notification it cannot read for the end of the session.

use crate::guard::{Guard, Honest};
use crate::message::{Message, Refusal};

pub(crate) struct DiesOnMalformed;

impl Guard for DiesOnMalformed {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        match Honest.read(line) {
            Err(Refusal::Silent(_)) => std::process::exit(1),
            read => read,
        }
    }
}
