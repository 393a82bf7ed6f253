//! A proxy that says nothing wrong about a gateway that is not there.

use crate::answer::ToolResult;
use crate::proxy::action::NotRun;
use crate::proxy::honest::{Honest, Proxy};

pub(crate) struct FailureAnsweredOk;

impl Proxy for FailureAnsweredOk {
    fn refuse(&self, why: &NotRun) -> ToolResult {
        let is_error = !matches!(why, NotRun::Failed(_));
        ToolResult { is_error, ..Honest.refuse(why) }
    }
}
