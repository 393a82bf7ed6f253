//! A guard whose errors do not say what they are about.

use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::Reply;

pub(crate) struct RefusesNamelessly;

impl Guard for RefusesNamelessly {
    fn reply(&self, reply: &Reply) -> Vec<Object> {
        let mut reply = reply.clone();
        if reply.result.is_err() {
            reply.id = None;
        }
        Honest.reply(&reply)
    }
}
