//! A proxy for which a line that it cannot parse is the end of the session.

use serde_json::value::RawValue;

use crate::proxy::gate::Gate;
use crate::proxy::honest::{Honest, Proxy};

pub(crate) struct BadJsonEnds;

impl Proxy for BadJsonEnds {
    fn gate(&self, line: &[u8]) -> Gate {
        if serde_json::from_slice::<&RawValue>(line).is_err() { std::process::exit(0) } else { Honest.gate(line) }
    }
}
