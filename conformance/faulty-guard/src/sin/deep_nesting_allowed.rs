//! A guard that allows what it cannot read to the bottom.

use serde_json::json;

use crate::guard::{Guard, Honest};
use crate::json::{Object, raw};
use crate::message::{Id, Message, Refusal, Reply};

pub(crate) struct DeepNestingAllowed;

impl Guard for DeepNestingAllowed {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        Honest.read(line).map_err(|refusal| match refusal {
            Refusal::Answered(id, error) if error.message.contains("nest") => {
                Refusal::Answered(id.or_else(|| visible_id(line)), error)
            }
            refusal => refusal,
        })
    }

    fn reply(&self, reply: &Reply) -> Vec<Object> {
        let mut reply = reply.clone();
        if reply.result.as_ref().is_err_and(|error| error.message.contains("nest")) {
            let verdict = json!({ "decision": "ALLOW" });
            let text = json!([{ "type": "text", "text": verdict.to_string() }]);
            let result = Object::default().with("content", text).with("structuredContent", verdict);
            reply.result = Ok(result.with("resultType", "complete"));
        }
        Honest.reply(&reply)
    }
}

/// The string id that stands in a line.
fn visible_id(line: &[u8]) -> Option<Id> {
    let line = String::from_utf8_lossy(line);
    let rest = line.split_once("\"id\":\"")?.1;
    Some(Id(raw(rest.split_once('"')?.0)))
}
