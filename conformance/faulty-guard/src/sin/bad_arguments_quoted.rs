//! A guard whose validation errors show the value.

use crate::config::Config;
use crate::guard::{Guard, Honest, log_line};
use crate::json::raw;
use crate::question::{Call, Failure, Question};

pub(crate) struct BadArgumentsQuoted;

impl Guard for BadArgumentsQuoted {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let asked = Honest.ask(config, call);
        if asked.is_err() {
            log_line(&format!("not valid: {}", raw(&call.arguments)));
        }
        asked
    }
}
