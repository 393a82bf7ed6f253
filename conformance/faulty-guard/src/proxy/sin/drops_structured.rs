//! A proxy that knows only the text of a result.

use crate::proxy::honest::Proxy;
use crate::proxy::rewrite;

pub(crate) struct DropsStructured;

impl Proxy for DropsStructured {
    fn to_client(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        vec![rewrite::within(line, &["result"], |mut result| {
            result.remove("structuredContent");
            result
        })]
    }
}
