//! A proxy that numbers requests itself, and forgets to translate back.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::proxy::honest::Proxy;
use crate::proxy::rewrite;

static NEXT: AtomicU32 = AtomicU32::new(1);

pub(crate) struct RenamesIds;

impl Proxy for RenamesIds {
    fn to_client(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        vec![rewrite::within(line, &[], |message| {
            if message.get("method").is_none() && message.text("id").is_some() {
                message.with("id", NEXT.fetch_add(1, Ordering::Relaxed))
            } else {
                message
            }
        })]
    }
}
