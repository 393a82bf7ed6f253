//! A proxy that relays what wants an answer.

use crate::proxy::gate::Gate;
use crate::proxy::honest::{Honest, Proxy};
use crate::proxy::rewrite::{self, Kind};

pub(crate) struct SwallowsClientNotifications;

impl Proxy for SwallowsClientNotifications {
    fn gate(&self, line: &[u8]) -> Gate {
        match rewrite::kind(line) {
            Some((Kind::Notification, method)) => Gate::Dropped(format!("swallowed {method}")),
            _ => Honest.gate(line),
        }
    }
}
