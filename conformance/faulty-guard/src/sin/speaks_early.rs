//! A guard that cannot wait to learn where it works.

use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::Reply;

pub(crate) struct SpeaksEarly;

impl Guard for SpeaksEarly {
    fn reply(&self, reply: &Reply) -> Vec<Object> {
        let mut messages = Honest.reply(reply);
        if reply.method == "initialize" {
            let question = Object::default().with("jsonrpc", "2.0").with("id", "roots");
            messages.insert(0, question.with("method", "roots/list"));
        }
        messages
    }
}
