//! A proxy that rebuilds a retry (MCP 2026-07-28) and forgets what the upstream needs to go on.

use crate::proxy::honest::Proxy;
use crate::proxy::rewrite;

pub(crate) struct DropsRequestState;

impl Proxy for DropsRequestState {
    fn to_upstream(&self, line: Vec<u8>) -> Option<Vec<u8>> {
        Some(rewrite::within(line, &["params"], |mut params| {
            params.remove("requestState");
            params
        }))
    }
}
