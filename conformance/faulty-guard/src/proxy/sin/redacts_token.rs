//! A proxy that takes everything called a token for a secret.

use crate::proxy::honest::Proxy;
use crate::proxy::rewrite;

pub(crate) struct RedactsToken;

impl Proxy for RedactsToken {
    fn to_client(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        vec![rewrite::within(line, &["params"], |params| {
            if params.get("progressToken").is_some() { params.with("progressToken", "[REDACTED]") } else { params }
        })]
    }
}
