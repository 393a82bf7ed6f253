//! A guard that has nothing to replace the body with, or no approval to wait for, and so goes on.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::Guard;
use crate::json::Object;
use crate::question::{Failure, Question, Tool};
use crate::verdict;

pub(crate) struct IncompleteVerdictAllowed;

impl Guard for IncompleteVerdictAllowed {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        if let Ok(answer) = &sent
            && (answer.status, question.tool) == (200, Tool::Scan)
            && let Ok(verdict) = verdict::object(&answer.body)
            && let Some(needed) = match verdict.text("decision").as_deref() {
                Some("SANITIZE") => Some("sanitized_body"),
                Some("REQUIRE_APPROVAL") => Some("approval_id"),
                _ => None,
            }
            && verdict.get(needed).is_none()
        {
            return Ok(verdict.with("decision", "ALLOW"));
        }
        verdict::read(config, question.tool, sent)
    }
}
