//! A proxy that guards tools, and passes on nothing else.

use crate::message::{METHOD_NOT_FOUND, RpcError};
use crate::proxy::gate::Gate;
use crate::proxy::honest::{Honest, Proxy};

const OPENING: [&str; 3] = ["initialize", "server/discover", "ping"];

pub(crate) struct ToolsOnly;

impl Proxy for ToolsOnly {
    fn gate(&self, line: &[u8]) -> Gate {
        match Honest.gate(line) {
            Gate::Request { id, method } if !OPENING.contains(&&*method) && !method.starts_with("tools/") => {
                Gate::Refused(Some(id), RpcError::new(METHOD_NOT_FOUND, format!("{method} is not served here")))
            }
            gate => gate,
        }
    }
}
