//! A dispatcher without a last arm: what it does not know, it drops.

use crate::guard::Guard;
use crate::json::Object;
use crate::message::{METHOD_NOT_FOUND, Reply};

pub(crate) struct UnknownMethodSilent;

impl Guard for UnknownMethodSilent {
    fn reply(&self, reply: &Reply) -> Vec<Object> {
        match &reply.result {
            Err(error) if error.code == METHOD_NOT_FOUND => Vec::new(),
            _ => vec![reply.message()],
        }
    }
}
