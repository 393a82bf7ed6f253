//! A guard that takes what it has never heard of for the end of the session.

use crate::guard::Guard;
use crate::message::{Message, Refusal};

pub(crate) struct DiesOnNotification;

impl Guard for DiesOnNotification {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        match Message::read(line)? {
            Message::Notification { method, .. } if method == "notifications/never-heard-of" => std::process::exit(1),
            message => Ok(message),
        }
    }
}
