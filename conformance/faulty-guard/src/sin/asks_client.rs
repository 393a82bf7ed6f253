//! A guard that asks its client for the roots, in the version in which servers ask nothing.

use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::Reply;
use crate::version::Version;

pub(crate) struct AsksClient;

impl Guard for AsksClient {
    fn reply(&self, reply: &Reply) -> Vec<Object> {
        let mut messages = Honest.reply(reply);
        if reply.method == "tools/call" && reply.version.is_some_and(Version::is_stateless) {
            let question = Object::default().with("jsonrpc", "2.0").with("id", "roots").with("method", "roots/list");
            messages.insert(0, question);
        }
        messages
    }
}
