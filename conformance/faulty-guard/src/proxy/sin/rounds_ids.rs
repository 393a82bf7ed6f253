//! A proxy that reads ids as doubles: past 2^53 they become others.

use crate::proxy::honest::Proxy;
use crate::proxy::rewrite;

pub(crate) struct RoundsIds;

impl Proxy for RoundsIds {
    fn to_client(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        vec![rewrite::within(line, &[], |message| match message.get("id").map(rewrite::rounded) {
            Some(id) if message.get("method").is_none() => message.with("id", id),
            _ => message,
        })]
    }
}
