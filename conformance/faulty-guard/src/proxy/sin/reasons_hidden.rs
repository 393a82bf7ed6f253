//! A proxy that keeps for its own log why a call was not run, and what could be done about it.

use crate::answer::ToolResult;
use crate::proxy::action::NotRun;
use crate::proxy::honest::{Honest, Proxy};

pub(crate) struct ReasonsHidden;

impl Proxy for ReasonsHidden {
    fn refuse(&self, why: &NotRun) -> ToolResult {
        ToolResult { text: "The tool was not run.".into(), ..Honest.refuse(why) }
    }
}
