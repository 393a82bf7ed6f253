//! A guard that is generous with the case of a method, where its upstream may not be.

use crate::guard::{Guard, Honest};
use crate::message::{Message, Refusal, Request};

pub(crate) struct MethodFolded;

impl Guard for MethodFolded {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        match Honest.read(line)? {
            Message::Request(request) => {
                Ok(Message::Request(Request { method: request.method.to_lowercase(), ..request }))
            }
            message => Ok(message),
        }
    }
}
