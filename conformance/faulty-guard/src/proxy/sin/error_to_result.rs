//! A proxy that wraps what the upstream says in a result of its own.

use crate::json::Object;
use crate::proxy::honest::Proxy;
use crate::proxy::rewrite;

pub(crate) struct ErrorToResult;

impl Proxy for ErrorToResult {
    fn to_client(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        vec![rewrite::within(line, &[], |mut message| {
            let Some(error) = message.get("error").and_then(Object::of) else { return message };
            let text = Object::default().with("type", "text").with("text", error.text("message").unwrap_or_default());
            message.remove("error");
            message.with("result", Object::default().with("content", [text]).with("isError", true))
        })]
    }
}
