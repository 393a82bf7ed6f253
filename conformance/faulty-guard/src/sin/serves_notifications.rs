//! A guard that runs a tool call which nobody can be answered for.

use crate::guard::{Guard, Honest};
use crate::json::raw;
use crate::message::{Id, Message, Refusal, Request};

pub(crate) struct ServesNotifications;

impl Guard for ServesNotifications {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        Ok(match Honest.read(line)? {
            Message::Notification { method, params } if method == "tools/call" => {
                Message::Request(Request { id: Id(raw("nobody")), method, params })
            }
            message => message,
        })
    }
}
