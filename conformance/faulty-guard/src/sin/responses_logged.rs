//! A guard that shows its user what a tool has returned.

use crate::config::Config;
use crate::guard::{Guard, Honest, log_line};
use crate::question::{Call, Failure, Question, Tool};

pub(crate) struct ResponsesLogged;

impl Guard for ResponsesLogged {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let question = Honest.ask(config, call)?;
        if call.tool == Tool::ScanResponse {
            log_line(&format!("reporting {}", question.wire()));
        }
        Ok(question)
    }
}
