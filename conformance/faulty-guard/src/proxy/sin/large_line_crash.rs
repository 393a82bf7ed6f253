//! A proxy with a buffer of one size.

use crate::proxy::gate::Gate;
use crate::proxy::honest::{Honest, Proxy};

pub(crate) struct LargeLineCrash;

impl Proxy for LargeLineCrash {
    fn gate(&self, line: &[u8]) -> Gate {
        if line.len() > 512 * 1024 { std::process::exit(1) } else { Honest.gate(line) }
    }
}
