//! A proxy that looks for the method in the text of the line, where escapes hide it.

use crate::proxy::gate::Gate;
use crate::proxy::honest::{Honest, Proxy};

pub(crate) struct EscapedMethodPasses;

impl Proxy for EscapedMethodPasses {
    fn gate(&self, line: &[u8]) -> Gate {
        let text = String::from_utf8_lossy(line);
        match Honest.gate(line) {
            Gate::Call(_) if !text.contains("\"method\"") || !text.contains("\"tools/call\"") => Gate::unread(line),
            gate => gate,
        }
    }
}
