//! A guard that shows that it lives by telling the same progress again.

use std::sync::{Mutex, PoisonError};

use serde_json::value::RawValue;

use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{Message, Refusal, Reply};

/// Of the latest call that gave one.
static TOKEN: Mutex<Option<Box<RawValue>>> = Mutex::new(None);

pub(crate) struct ProgressStalls;

impl Guard for ProgressStalls {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        let message = Honest.read(line)?;
        if let Message::Request(request) = &message
            && let Some(meta) = request.params.get("_meta").and_then(Object::of)
            && let Some(token) = meta.get("progressToken")
        {
            *TOKEN.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.to_owned());
        }
        Ok(message)
    }

    fn reply(&self, reply: &Reply) -> Vec<Object> {
        let mut messages = Honest.reply(reply);
        if reply.method == "tools/call"
            && let Some(token) = TOKEN.lock().unwrap_or_else(PoisonError::into_inner).take()
        {
            let params = Object::default().with("progressToken", token).with("progress", 1);
            let progress = Object::default().with("jsonrpc", "2.0").with("method", "notifications/progress");
            messages.splice(0..0, vec![progress.with("params", params); 2]);
        }
        messages
    }
}
