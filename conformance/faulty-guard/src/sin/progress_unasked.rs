//! A guard that tells its client how far it is, whether the client wants to know or not.

use serde_json::json;

use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::Reply;

pub(crate) struct ProgressUnasked;

impl Guard for ProgressUnasked {
    fn reply(&self, reply: &Reply) -> Vec<Object> {
        let mut messages = Honest.reply(reply);
        if reply.method == "tools/call" {
            let params = json!({ "progressToken": "scan", "progress": 1, "total": 2 });
            let progress = Object::default().with("jsonrpc", "2.0").with("method", "notifications/progress");
            messages.insert(0, progress.with("params", params));
        }
        messages
    }
}
