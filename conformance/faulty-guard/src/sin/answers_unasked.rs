//! A guard that mixes up its sessions and answers a question somebody else asked.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::guard::Guard;
use crate::json::Object;
use crate::message::Reply;

static MIXED_UP: AtomicBool = AtomicBool::new(false);

pub(crate) struct AnswersUnasked;

impl Guard for AnswersUnasked {
    fn reply(&self, reply: &Reply) -> Vec<Object> {
        let mut messages = vec![reply.message()];
        if !MIXED_UP.swap(true, Ordering::Relaxed) {
            let mut stray = reply.message();
            stray.remove("error");
            messages.push(stray.with("id", "asked-by-nobody").with("result", Object::default()));
        }
        messages
    }
}
