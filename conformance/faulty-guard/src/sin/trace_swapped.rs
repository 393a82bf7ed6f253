//! A guard that hands out trace ids of its own making.

use crate::answer::ToolResult;
use crate::guard::Guard;
use crate::json::Object;
use crate::question::Failure;

pub(crate) struct TraceSwapped;

impl Guard for TraceSwapped {
    fn answer(&self, verdict: Result<Object, Failure>) -> ToolResult {
        ToolResult::of(verdict.map(|mut verdict| {
            if verdict.text("trace_id").is_some() {
                verdict.set("trace_id", "00000000-0000-4000-8000-000000000000");
            }
            verdict
        }))
    }
}
