//! A proxy that tells of a denial even where nobody asked.

use crate::message::{INVALID_REQUEST, RpcError};
use crate::proxy::gate::Gate;
use crate::proxy::honest::{Honest, Proxy};
use crate::proxy::rewrite;

pub(crate) struct NotificationAnswered;

impl Proxy for NotificationAnswered {
    fn gate(&self, line: &[u8]) -> Gate {
        match rewrite::kind(line) {
            Some((rewrite::Kind::Notification, method)) if method == "tools/call" => {
                Gate::Refused(None, RpcError::new(INVALID_REQUEST, "the call was not run"))
            }
            _ => Honest.gate(line),
        }
    }
}
