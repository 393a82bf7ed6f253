//! A guard that treats every message as a request; a notification has no id to answer under.

use crate::guard::Guard;
use crate::message::{METHOD_NOT_FOUND, Message, Refusal, RpcError};

pub(crate) struct AnswersNotification;

impl Guard for AnswersNotification {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        match Message::read(line)? {
            Message::Notification { method, .. } if method == "notifications/initialized" => {
                Err(Refusal::Answered(None, RpcError::new(METHOD_NOT_FOUND, format!("unknown method {method:?}"))))
            }
            message => Ok(message),
        }
    }
}
