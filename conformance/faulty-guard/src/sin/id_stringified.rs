//! A guard that keeps ids in a table of strings and forgets what they were.

use crate::guard::Guard;
use crate::json::Object;
use crate::message::Reply;

pub(crate) struct IdStringified;

impl Guard for IdStringified {
    fn reply(&self, reply: &Reply) -> Vec<Object> {
        let mut message = reply.message();
        if let Some(id) = &reply.id
            && id.is_number()
            && !reply.opens()
        {
            message.set("id", id.0.get());
        }
        vec![message]
    }
}
