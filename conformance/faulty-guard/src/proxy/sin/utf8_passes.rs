//! A proxy that relays what it cannot decode; an upstream may replace the bytes.

use crate::proxy::gate::Gate;
use crate::proxy::honest::{Honest, Proxy};

pub(crate) struct Utf8Passes;

impl Proxy for Utf8Passes {
    fn gate(&self, line: &[u8]) -> Gate {
        if std::str::from_utf8(line).is_err() { Gate::unread(line) } else { Honest.gate(line) }
    }
}
