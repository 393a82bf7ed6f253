//! A guard that counted the codes of JSON-RPC on.

use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{METHOD_NOT_FOUND, Reply, RpcError};

pub(crate) struct ReservedCode;

impl Guard for ReservedCode {
    fn reply(&self, reply: &Reply) -> Vec<Object> {
        let mut reply = reply.clone();
        reply.result = reply.result.map_err(|error| match error.code {
            METHOD_NOT_FOUND => RpcError { code: -32604, ..error },
            _ => error,
        });
        Honest.reply(&reply)
    }
}
