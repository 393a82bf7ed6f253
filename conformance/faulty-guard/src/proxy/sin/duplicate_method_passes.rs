//! A proxy whose parser keeps another of two methods than the upstream's does.

use crate::proxy::gate::Gate;
use crate::proxy::honest::{Honest, Proxy};
use crate::proxy::rewrite;

pub(crate) struct DuplicateMethodPasses;

impl Proxy for DuplicateMethodPasses {
    fn gate(&self, line: &[u8]) -> Gate {
        if rewrite::message(line).is_some_and(|message| message.count("method") > 1) {
            Gate::unread(line)
        } else {
            Honest.gate(line)
        }
    }
}
