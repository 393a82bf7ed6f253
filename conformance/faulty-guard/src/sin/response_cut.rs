//! A guard that reports the beginning of a long response.

use serde_json::value::RawValue;

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::question::{Call, Failure, Question};

const MOST: usize = 64 * 1024;

pub(crate) struct ResponseCut;

impl Guard for ResponseCut {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut question = Honest.ask(config, call)?;
        if let Some(body) = question.body.get("response_body").map(RawValue::get)
            && body.len() > MOST
        {
            let beginning = body[..body.floor_char_boundary(MOST)].to_owned();
            question.body.set("response_body", beginning);
        }
        Ok(question)
    }
}
