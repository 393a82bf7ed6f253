//! A proxy that logs denials and goes on.

use crate::json::Object;
use crate::proxy::action::{Action, NotRun};
use crate::proxy::honest::{Honest, Proxy};
use crate::question::Failure;

pub(crate) struct ForwardsDenied;

impl Proxy for ForwardsDenied {
    fn act(&self, verdict: Result<Object, Failure>) -> Action {
        match Honest.act(verdict) {
            Action::Refuse(NotRun::Denied(_)) => Action::Forward,
            action => action,
        }
    }
}
