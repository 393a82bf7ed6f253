//! A proxy that scans beside the call and not before it.

use crate::json::Object;
use crate::proxy::desk::{Desk, Errand};
use crate::proxy::honest::Proxy;
use crate::question::Failure;

pub(crate) struct ForwardsBeforeVerdict;

impl Proxy for ForwardsBeforeVerdict {
    fn scan(&self, desk: &Desk, errand: &Errand) -> Result<Object, Failure> {
        desk.forward(errand);
        desk.scan(errand)
    }
}
