//! A guard with a default branch: a decision it does not know is not a denial.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::Guard;
use crate::json::Object;
use crate::question::{Failure, Question, Tool};
use crate::verdict::{self, DECISIONS};

pub(crate) struct UnknownDecisionAllowed;

impl Guard for UnknownDecisionAllowed {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        if let Ok(answer) = &sent
            && (answer.status, question.tool) == (200, Tool::Scan)
            && let Ok(verdict) = verdict::object(&answer.body)
            && !verdict.text("decision").is_some_and(|decision| DECISIONS.contains(&decision.as_str()))
        {
            return Ok(verdict.with("decision", "ALLOW"));
        }
        verdict::read(config, question.tool, sent)
    }
}
