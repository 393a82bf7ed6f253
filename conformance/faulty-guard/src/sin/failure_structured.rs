//! A guard that puts an error into the place of a verdict, where programs look for a decision.

use serde_json::json;

use crate::answer::ToolResult;
use crate::guard::Guard;
use crate::json::Object;
use crate::question::Failure;

pub(crate) struct FailureStructured;

impl Guard for FailureStructured {
    fn answer(&self, verdict: Result<Object, Failure>) -> ToolResult {
        let failed = verdict.is_err();
        let mut result = ToolResult::of(verdict);
        if failed {
            let structure = Object::default().with("error", json!({ "message": result.text }));
            result.text = crate::json::raw(&structure).get().to_owned();
            result.structured = Some(structure);
        }
        result
    }
}
