//! A guard that has one code for whatever went wrong.

use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{Reply, RpcError};

pub(crate) struct CodesCollapsed;

impl Guard for CodesCollapsed {
    fn reply(&self, reply: &Reply) -> Vec<Object> {
        let mut reply = reply.clone();
        reply.result = reply.result.map_err(|error| RpcError { code: -32000, ..error });
        Honest.reply(&reply)
    }
}
