//! A guard that cannot hold a call without a link to show.

use serde_json::Value;

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Failure, Question};

pub(crate) struct ApprovalUrlDemanded;

impl Guard for ApprovalUrlDemanded {
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let value = sent.as_ref().ok().and_then(|answer| serde_json::from_slice::<Value>(&answer.body).ok());
        let decision = value.map(|value| value["decision"].clone()).unwrap_or_default();
        if decision == "REQUIRE_APPROVAL" {
            let verdict = Honest.judge(config, question, sent)?;
            return match verdict.text("approval_url") {
                Some(url) if !url.starts_with("https://app.") => Ok(verdict),
                _ => Err(Failure("the approval has no URL".into())),
            };
        }
        Honest.judge(config, question, sent)
    }
}
