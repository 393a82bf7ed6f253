//! A proxy that keeps the reasons for its own log.

use crate::answer::ToolResult;
use crate::proxy::action::NotRun;
use crate::proxy::honest::{Honest, Proxy};

pub(crate) struct ReasonsHidden;

impl Proxy for ReasonsHidden {
    fn refuse(&self, why: &NotRun) -> ToolResult {
        match why {
            NotRun::Denied(_) => Honest.refuse(&NotRun::Denied(Vec::new())),
            _ => Honest.refuse(why),
        }
    }
}
