//! A guard whose text for the model is made apart from its structure, and goes stale.

use crate::answer::ToolResult;
use crate::guard::Guard;
use crate::json::{Object, raw};
use crate::question::Failure;

pub(crate) struct TextDiffers;

impl Guard for TextDiffers {
    fn answer(&self, verdict: Result<Object, Failure>) -> ToolResult {
        let mut result = ToolResult::of(verdict);
        if let Some(verdict) = &result.structured
            && verdict.text("decision").as_deref() == Some("DENY")
        {
            result.text = raw(verdict.clone().with("decision", "ALLOW")).get().to_owned();
        }
        result
    }
}
