//! A guard that reads the sanitized body into a value of its language and writes it again.

use super::body_reencoded::reencoded;
use crate::answer::ToolResult;
use crate::guard::Guard;
use crate::json::Object;
use crate::question::Failure;

pub(crate) struct SanitizedReformatted;

impl Guard for SanitizedReformatted {
    fn answer(&self, verdict: Result<Object, Failure>) -> ToolResult {
        ToolResult::of(verdict.map(|mut verdict| {
            if let Some(body) = verdict.get("sanitized_body").map(reencoded) {
                verdict.set("sanitized_body", body);
            }
            verdict
        }))
    }
}
