//! A guard to whom null is an id like any other.

use crate::guard::{Guard, Honest};
use crate::json::raw;
use crate::message::{Id, Message, Refusal, Request};

pub(crate) struct NullIdServed;

impl Guard for NullIdServed {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        let text = String::from_utf8_lossy(line);
        match text.split_once("\"id\":null") {
            Some((before, after)) => {
                let named = Honest.read(format!("{before}\"id\":0{after}").as_bytes())?;
                let Message::Request(request) = named else { return Ok(named) };
                Ok(Message::Request(Request { id: Id(raw(())), ..request }))
            }
            None => Honest.read(line),
        }
    }
}
