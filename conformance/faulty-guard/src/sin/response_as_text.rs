//! A guard that knows responses only as text.

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::question::{Call, Failure, Question};

pub(crate) struct ResponseAsText;

impl Guard for ResponseAsText {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut question = Honest.ask(config, call)?;

        if let Some(body) = question.body.get("response_body").map(|body| body.get().to_owned())
            && body.starts_with(['{', '['])
        {
            question.body.set("response_body", body);
        }
        Ok(question)
    }
}
