//! A proxy whose denial is a result like any other.

use crate::answer::ToolResult;
use crate::proxy::action::NotRun;
use crate::proxy::honest::{Honest, Proxy};

pub(crate) struct DenialAsResult;

impl Proxy for DenialAsResult {
    fn refuse(&self, why: &NotRun) -> ToolResult {
        let is_error = !matches!(why, NotRun::Denied(_));
        ToolResult { is_error, ..Honest.refuse(why) }
    }
}
