//! A proxy that introduces itself in place of the upstream.

use crate::proxy::honest::Proxy;
use crate::proxy::rewrite;
use crate::version::server_info;

pub(crate) struct AltersOpening;

impl Proxy for AltersOpening {
    fn to_client(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        vec![rewrite::within(line, &["result"], |mut result| {
            if result.get("capabilities").is_some() {
                result.remove("instructions");
                result.set("serverInfo", server_info());
            }
            result
        })]
    }
}
