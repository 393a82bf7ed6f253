//! A guard that says "sanitized" and keeps the sanitized body to itself.

use crate::answer::ToolResult;
use crate::guard::Guard;
use crate::json::Object;
use crate::question::Failure;

pub(crate) struct SanitizedDropped;

impl Guard for SanitizedDropped {
    fn answer(&self, verdict: Result<Object, Failure>) -> ToolResult {
        ToolResult::of(verdict.map(|mut verdict| {
            verdict.remove("sanitized_body");
            verdict
        }))
    }
}
