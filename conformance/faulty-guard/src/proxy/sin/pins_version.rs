//! A proxy that speaks one version, whatever its two sides could.

use crate::proxy::honest::Proxy;
use crate::proxy::rewrite;

pub(crate) struct PinsVersion;

impl Proxy for PinsVersion {
    fn to_upstream(&self, line: Vec<u8>) -> Option<Vec<u8>> {
        if rewrite::kind(&line).is_none_or(|(_, method)| method != "initialize") {
            return Some(line);
        }
        Some(rewrite::within(line, &["params"], |params| params.with("protocolVersion", "2025-06-18")))
    }
}
