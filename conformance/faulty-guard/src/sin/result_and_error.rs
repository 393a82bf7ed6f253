//! A guard that serialises a struct with both members, one of them empty.

use crate::guard::Guard;
use crate::json::Object;
use crate::message::Reply;

pub(crate) struct ResultAndError;

impl Guard for ResultAndError {
    fn reply(&self, reply: &Reply) -> Vec<Object> {
        let other = if reply.result.is_ok() { "error" } else { "result" };
        // What opens stays whole: a guard that cannot start proves nothing.
        if reply.opens() { vec![reply.message()] } else { vec![reply.message().with(other, ())] }
    }
}
