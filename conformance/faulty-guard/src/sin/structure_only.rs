//! A guard that thinks of programs only: what models and older clients read says nothing.

use crate::answer::ToolResult;
use crate::guard::Guard;
use crate::json::Object;
use crate::question::Failure;

pub(crate) struct StructureOnly;

impl Guard for StructureOnly {
    fn answer(&self, verdict: Result<Object, Failure>) -> ToolResult {
        let result = ToolResult::of(verdict);
        if result.structured.is_none() {
            return result;
        }
        ToolResult { text: "The verdict is in structuredContent.".into(), ..result }
    }
}
