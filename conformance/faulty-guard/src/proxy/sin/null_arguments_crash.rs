//! A proxy that expects an object where a client may write null.

use std::process::exit;

use crate::proxy::gate::Gate;
use crate::proxy::honest::{Honest, Proxy};

pub(crate) struct NullArgumentsCrash;

impl Proxy for NullArgumentsCrash {
    fn gate(&self, line: &[u8]) -> Gate {
        match Honest.gate(line) {
            Gate::Call(call) if call.arguments.as_ref().is_some_and(|value| !value.get().starts_with('{')) => exit(1),
            gate => gate,
        }
    }
}
