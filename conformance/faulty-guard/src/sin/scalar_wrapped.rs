//! A guard whose gateway client takes only objects, so that everything else is wrapped in one.

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Call, Failure, Question};

pub(crate) struct ScalarWrapped;

impl Guard for ScalarWrapped {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut question = Honest.ask(config, call)?;

        if let Some(body) = question.body.get("body")
            && !body.get().starts_with(['{', '['])
        {
            let wrapped = Object::default().with("value", body);
            question.body.set("body", wrapped);
        }
        Ok(question)
    }
}
