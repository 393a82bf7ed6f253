//! A proxy that pastes an id of the gateway into a path.

use crate::gateway::Gateway;
use crate::proxy::honest::Proxy;

pub(crate) struct ApprovalIdRaw;

impl Proxy for ApprovalIdRaw {
    fn look(&self, gateway: &Gateway, id: &str) -> Option<String> {
        gateway.approval_at(id)
    }
}
