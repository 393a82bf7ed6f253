//! A proxy that takes SANITIZE for ALLOW.

use crate::json::Object;
use crate::proxy::action::Action;
use crate::proxy::honest::{Honest, Proxy};
use crate::question::Failure;

pub(crate) struct ForwardsUnsanitized;

impl Proxy for ForwardsUnsanitized {
    fn act(&self, verdict: Result<Object, Failure>) -> Action {
        match Honest.act(verdict) {
            Action::Replace(_) => Action::Forward,
            action => action,
        }
    }
}
