//! A guard that takes its client for a log.

use serde_json::json;

use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::Reply;

pub(crate) struct LogsToClient;

impl Guard for LogsToClient {
    fn reply(&self, reply: &Reply) -> Vec<Object> {
        let mut messages = Honest.reply(reply);
        if reply.method == "tools/call" {
            let params = json!({ "level": "info", "data": "a call was scanned" });
            let log = Object::default().with("jsonrpc", "2.0").with("method", "notifications/message");
            messages.insert(0, log.with("params", params));
        }
        messages
    }
}
