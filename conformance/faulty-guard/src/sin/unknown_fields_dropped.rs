//! A guard that reads the verdict into a type and writes the type.

use crate::answer::ToolResult;
use crate::guard::Guard;
use crate::json::Object;
use crate::question::Failure;

/// The members the vendor's API documents today.
const KNOWN: [&str; 14] = [
    "decision",
    "risk_score",
    "risk_band",
    "reason_codes",
    "trace_id",
    "tool_name",
    "operation",
    "classifications",
    "signals",
    "sanitized_body",
    "approval_id",
    "approval_url",
    "policy_id",
    "policy_name",
];

pub(crate) struct UnknownFieldsDropped;

impl Guard for UnknownFieldsDropped {
    fn answer(&self, verdict: Result<Object, Failure>) -> ToolResult {
        ToolResult::of(verdict.map(|mut verdict| {
            if verdict.get("decision").is_some() {
                verdict.retain(|name| KNOWN.contains(&name));
            }
            verdict
        }))
    }
}
