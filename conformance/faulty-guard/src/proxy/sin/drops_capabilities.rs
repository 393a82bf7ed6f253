//! A proxy that promises what it knows itself.

use crate::proxy::honest::Proxy;
use crate::proxy::rewrite;

pub(crate) struct DropsCapabilities;

impl Proxy for DropsCapabilities {
    fn to_client(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        vec![rewrite::within(line, &["result", "capabilities"], |mut capabilities| {
            capabilities.retain(|name| ["tools", "resources", "prompts"].contains(&name));
            capabilities
        })]
    }
}
