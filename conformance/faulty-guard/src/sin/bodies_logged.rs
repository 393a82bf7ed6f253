//! A guard with a debug log of its requests.

use crate::config::Config;
use crate::guard::{Guard, Honest, log_line};
use crate::question::{Call, Failure, Question, Tool};

pub(crate) struct BodiesLogged;

impl Guard for BodiesLogged {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let question = Honest.ask(config, call)?;
        if call.tool == Tool::Scan {
            log_line(&format!("asking {}", question.wire()));
        }
        Ok(question)
    }
}
