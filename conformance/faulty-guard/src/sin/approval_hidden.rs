//! A guard that pauses without saying where the approval is to be had.

use crate::answer::ToolResult;
use crate::guard::Guard;
use crate::json::Object;
use crate::question::Failure;

pub(crate) struct ApprovalHidden;

impl Guard for ApprovalHidden {
    fn answer(&self, verdict: Result<Object, Failure>) -> ToolResult {
        ToolResult::of(verdict.map(|mut verdict| {
            verdict.retain(|name| !["approval_id", "approval_url"].contains(&name));
            verdict
        }))
    }
}
