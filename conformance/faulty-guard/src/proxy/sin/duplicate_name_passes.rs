//! A proxy that forwards as they stand the calls whose name it finds twice.

use crate::json::Object;
use crate::proxy::gate::Gate;
use crate::proxy::honest::{Honest, Proxy};
use crate::proxy::rewrite;

pub(crate) struct DuplicateNamePasses;

impl Proxy for DuplicateNamePasses {
    fn gate(&self, line: &[u8]) -> Gate {
        if rewrite::message(line)
            .and_then(|message| Object::of(message.get("params")?))
            .is_some_and(|params| params.count("name") > 1)
        {
            Gate::unread(line)
        } else {
            Honest.gate(line)
        }
    }
}
