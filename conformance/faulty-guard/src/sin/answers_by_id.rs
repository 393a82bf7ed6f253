//! A guard that takes the id for a promise that the call is the same.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{Reply, RpcError};

static GIVEN: LazyLock<Mutex<HashMap<String, Result<Object, RpcError>>>> = LazyLock::new(Mutex::default);

pub(crate) struct AnswersById;

impl Guard for AnswersById {
    fn reply(&self, reply: &Reply) -> Vec<Object> {
        let mut reply = reply.clone();
        if let ("tools/call", Some(id)) = (reply.method.as_str(), &reply.id) {
            let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
            reply.result = given.entry(id.key()).or_insert(reply.result).clone();
        }
        Honest.reply(&reply)
    }
}
