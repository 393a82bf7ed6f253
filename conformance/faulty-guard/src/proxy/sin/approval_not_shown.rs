//! A proxy that tells the client to wait, and not for what.

use crate::answer::ToolResult;
use crate::proxy::action::NotRun;
use crate::proxy::honest::{Honest, Proxy};

pub(crate) struct ApprovalNotShown;

impl Proxy for ApprovalNotShown {
    fn refuse(&self, why: &NotRun) -> ToolResult {
        match why {
            NotRun::Unapproved(..) => ToolResult { text: "not approved".into(), ..Honest.refuse(why) },
            _ => Honest.refuse(why),
        }
    }
}
