//! A proxy built on types that know no `_meta`.

use crate::proxy::honest::Proxy;
use crate::proxy::rewrite;

pub(crate) struct DropsMeta;

impl Proxy for DropsMeta {
    fn to_upstream(&self, line: Vec<u8>) -> Option<Vec<u8>> {
        Some(rewrite::within(line, &["params", "_meta"], |mut meta| {
            meta.retain(|key| key == "progressToken" || key.starts_with("io.modelcontextprotocol/"));
            meta
        }))
    }

    fn to_client(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        vec![rewrite::within(line, &["result"], |mut result| {
            result.remove("_meta");
            result
        })]
    }
}
