//! A guard that takes an answer nobody waits for as an insult.

use crate::guard::{Guard, Honest};
use crate::message::{Message, Refusal};

pub(crate) struct DiesOnAnswer;

impl Guard for DiesOnAnswer {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        match Honest.read(line)? {
            Message::Answer => std::process::exit(1),
            message => Ok(message),
        }
    }
}
