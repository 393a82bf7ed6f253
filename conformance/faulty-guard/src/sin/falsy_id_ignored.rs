//! A guard that asks whether an id is true where it means whether there is one.

use crate::guard::{Guard, Honest};
use crate::message::{Message, Refusal};

pub(crate) struct FalsyIdIgnored;

impl Guard for FalsyIdIgnored {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        match Honest.read(line)? {
            Message::Request(request) if ["0", "\"\""].contains(&request.id.0.get()) => {
                Ok(Message::Notification { method: request.method, params: request.params })
            }
            message => Ok(message),
        }
    }
}
