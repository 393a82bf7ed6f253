//! A proxy that decodes arguments and encodes them again.

use crate::proxy::honest::Proxy;
use crate::proxy::rewrite;

pub(crate) struct RoundsNumbers;

impl Proxy for RoundsNumbers {
    fn to_upstream(&self, line: Vec<u8>) -> Option<Vec<u8>> {
        Some(rewrite::within(line, &["params"], |params| match params.get("arguments").map(rewrite::rounded) {
            Some(arguments) => params.with("arguments", arguments),
            None => params,
        }))
    }
}
