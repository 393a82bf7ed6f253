//! A guard that mixes up its sessions and answers a question somebody else asked.

use crate::guard::Guard;
use crate::json::Object;
use crate::message::Reply;

pub(crate) struct AnswersUnasked;

impl Guard for AnswersUnasked {
    fn reply(&self, reply: &Reply) -> Vec<Object> {
        let mut messages = vec![reply.message()];
        if reply.method == "initialize" {
            messages.push(reply.message().with("id", "asked-by-nobody").with("result", Object::default()));
        }
        messages
    }
}
