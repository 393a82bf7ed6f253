//! A proxy with a debug log of what passes through.

use crate::guard::log_line;
use crate::proxy::gate::Gate;
use crate::proxy::honest::{Honest, Proxy};

pub(crate) struct CallsLogged;

impl Proxy for CallsLogged {
    fn gate(&self, line: &[u8]) -> Gate {
        log_line(&format!("took {}", String::from_utf8_lossy(line)));
        Honest.gate(line)
    }
}
