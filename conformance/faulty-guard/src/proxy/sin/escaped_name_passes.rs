//! A proxy that looks for the tool's name in the text of the line, where escapes hide it.

use crate::proxy::gate::Gate;
use crate::proxy::honest::{Honest, Proxy};

pub(crate) struct EscapedNamePasses;

impl Proxy for EscapedNamePasses {
    fn gate(&self, line: &[u8]) -> Gate {
        let text = String::from_utf8_lossy(line);
        let shows = |name: &str| text.contains("\"name\"") && text.contains(&format!("\"{name}\""));
        match Honest.gate(line) {
            Gate::Call(call) if !shows(&call.name) => Gate::unread(line),
            gate => gate,
        }
    }
}
