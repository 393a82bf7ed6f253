//! A guard that thinks an ALLOW needs no explanation.

use crate::answer::ToolResult;
use crate::guard::Guard;
use crate::json::Object;
use crate::question::Failure;

pub(crate) struct BareAllow;

impl Guard for BareAllow {
    fn answer(&self, verdict: Result<Object, Failure>) -> ToolResult {
        ToolResult::of(verdict.map(|mut verdict| {
            if verdict.text("decision").as_deref() == Some("ALLOW") {
                verdict.retain(|name| !["trace_id", "risk_score", "risk_band"].contains(&name));
            }
            verdict
        }))
    }
}
