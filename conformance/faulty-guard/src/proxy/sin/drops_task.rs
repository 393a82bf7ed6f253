//! A proxy that rebuilds a call (MCP 2025-11-25) as an older version has it.

use crate::proxy::honest::Proxy;
use crate::proxy::rewrite;

pub(crate) struct DropsTask;

impl Proxy for DropsTask {
    fn to_upstream(&self, line: Vec<u8>) -> Option<Vec<u8>> {
        Some(rewrite::within(line, &["params"], |mut params| {
            params.remove("task");
            params
        }))
    }
}
