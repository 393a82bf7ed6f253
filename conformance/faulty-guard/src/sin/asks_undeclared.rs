//! A guard that has a model judge each verdict again, the client's, which may have none.

use serde_json::json;

use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::Reply;
use crate::version::Version;

pub(crate) struct AsksUndeclared;

impl Guard for AsksUndeclared {
    fn reply(&self, reply: &Reply) -> Vec<Object> {
        let mut messages = Honest.reply(reply);
        if reply.method == "tools/call" && !reply.version.is_some_and(Version::is_stateless) {
            let question = Object::default().with("jsonrpc", "2.0").with("id", "sample");
            let params = json!({ "messages": [], "maxTokens": 1 });
            messages.insert(0, question.with("method", "sampling/createMessage").with("params", params));
        }
        messages
    }
}
