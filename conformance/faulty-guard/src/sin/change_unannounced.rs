//! A guard that makes its client list the tools again and again.

use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::Reply;

pub(crate) struct ChangeUnannounced;

impl Guard for ChangeUnannounced {
    fn reply(&self, reply: &Reply) -> Vec<Object> {
        let mut messages = Honest.reply(reply);
        if reply.method == "tools/list" {
            let changed = Object::default().with("jsonrpc", "2.0");
            messages.push(changed.with("method", "notifications/tools/list_changed"));
        }
        messages
    }
}
