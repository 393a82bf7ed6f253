//! A guard that takes the carriage return of a Windows client for part of the message.

use crate::guard::{Guard, Honest};
use crate::message::{Message, PARSE_ERROR, Refusal, RpcError};

pub(crate) struct CrlfRefused;

impl Guard for CrlfRefused {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        match Honest.read(line)? {
            Message::Request(request) if line.ends_with(b"\r") => {
                let why = "a carriage return before the line feed";
                Err(Refusal::Answered(Some(request.id), RpcError::new(PARSE_ERROR, why)))
            }
            message => Ok(message),
        }
    }
}
