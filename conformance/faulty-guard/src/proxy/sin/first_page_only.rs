//! A proxy that sees only the first page of a list.

use crate::proxy::honest::Proxy;
use crate::proxy::rewrite;

pub(crate) struct FirstPageOnly;

impl Proxy for FirstPageOnly {
    fn to_client(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        vec![rewrite::within(line, &["result"], |mut result| {
            if result.get("tools").is_some() {
                result.remove("nextCursor");
            }
            result
        })]
    }
}
