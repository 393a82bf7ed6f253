//! A guard that models the reasons as one text and shows the first.

use serde_json::value::RawValue;

use crate::answer::ToolResult;
use crate::guard::Guard;
use crate::json::Object;
use crate::question::Failure;

pub(crate) struct ReasonsTrimmed;

impl Guard for ReasonsTrimmed {
    fn answer(&self, verdict: Result<Object, Failure>) -> ToolResult {
        ToolResult::of(verdict.map(|mut verdict| {
            let reasons = verdict
                .get("reason_codes")
                .and_then(|reasons| serde_json::from_str::<Vec<Box<RawValue>>>(reasons.get()).ok());
            if let Some(reasons) = reasons {
                verdict.set("reason_codes", reasons.iter().take(1).collect::<Vec<_>>());
            }
            verdict
        }))
    }
}
