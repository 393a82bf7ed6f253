//! A guard that asks about the beginning of a large body.

use serde_json::value::RawValue;

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::question::{Call, Failure, Question};

const MOST: usize = 64 * 1024;

pub(crate) struct BodyCut;

impl Guard for BodyCut {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut question = Honest.ask(config, call)?;

        if let Some(body) = question.body.get("body").map(RawValue::get)
            && body.len() > MOST
        {
            let beginning = body[..body.floor_char_boundary(MOST)].to_owned();
            question.body.set("body", beginning);
        }
        Ok(question)
    }
}
