//! A proxy that knows the calls of older versions only: with `task` (MCP 2025-11-25) it takes them
//! for something else.

use crate::proxy::gate::Gate;
use crate::proxy::honest::{Honest, Proxy};
use crate::proxy::rewrite;

pub(crate) struct TaskPasses;

impl Proxy for TaskPasses {
    fn gate(&self, line: &[u8]) -> Gate {
        match Honest.gate(line) {
            Gate::Call(_) if rewrite::has_param(line, "task") => Gate::unread(line),
            gate => gate,
        }
    }
}
