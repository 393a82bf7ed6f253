//! A proxy that scans requests, and relays what is none.

use crate::proxy::gate::Gate;
use crate::proxy::honest::{Honest, Proxy};
use crate::proxy::rewrite;

pub(crate) struct NotificationPasses;

impl Proxy for NotificationPasses {
    fn gate(&self, line: &[u8]) -> Gate {
        match rewrite::kind(line) {
            Some((rewrite::Kind::Notification, method)) if method == "tools/call" => Gate::Other,
            _ => Honest.gate(line),
        }
    }
}
