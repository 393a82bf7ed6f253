//! A proxy that takes a retry with `inputResponses` (MCP 2026-07-28) for a part of the call it has
//! already judged.

use crate::proxy::gate::Gate;
use crate::proxy::honest::{Honest, Proxy};
use crate::proxy::rewrite;

pub(crate) struct RetryPasses;

impl Proxy for RetryPasses {
    fn gate(&self, line: &[u8]) -> Gate {
        match Honest.gate(line) {
            Gate::Call(_) if rewrite::has_param(line, "inputResponses") => Gate::unread(line),
            gate => gate,
        }
    }
}
