//! A proxy whose approval queue was never wired up.

use crate::json::Object;
use crate::proxy::action::Action;
use crate::proxy::honest::{Honest, Proxy};
use crate::question::Failure;

pub(crate) struct ForwardsHeld;

impl Proxy for ForwardsHeld {
    fn act(&self, verdict: Result<Object, Failure>) -> Action {
        match Honest.act(verdict) {
            Action::Hold(_) => Action::Forward,
            action => action,
        }
    }
}
