//! A guard that reports a denial as a tool that broke, so that the model tries again.

use crate::answer::ToolResult;
use crate::guard::Guard;
use crate::json::Object;
use crate::question::Failure;

pub(crate) struct DenyIsError;

impl Guard for DenyIsError {
    fn answer(&self, verdict: Result<Object, Failure>) -> ToolResult {
        let denied = verdict.as_ref().is_ok_and(|verdict| verdict.text("decision").as_deref() == Some("DENY"));
        let result = ToolResult::of(verdict);
        ToolResult { is_error: result.is_error || denied, ..result }
    }
}
