//! A guard that writes its messages by hand and leaves out what every reader ignores.

use crate::guard::Guard;
use crate::json::Object;
use crate::message::Reply;

pub(crate) struct JsonrpcMissing;

impl Guard for JsonrpcMissing {
    fn reply(&self, reply: &Reply) -> Vec<Object> {
        let mut message = reply.message();
        // What opens stays whole: a guard that cannot start proves nothing.
        if !reply.opens() {
            message.remove("jsonrpc");
        }
        vec![message]
    }
}
