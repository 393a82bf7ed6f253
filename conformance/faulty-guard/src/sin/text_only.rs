//! A guard from before structured results.

use crate::answer::ToolResult;
use crate::guard::Guard;
use crate::json::Object;
use crate::question::Failure;

pub(crate) struct TextOnly;

impl Guard for TextOnly {
    fn answer(&self, verdict: Result<Object, Failure>) -> ToolResult {
        ToolResult { structured: None, ..ToolResult::of(verdict) }
    }
}
