//! A guard that makes up the method of a call.

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::question::{Call, Failure, Question};

pub(crate) struct MethodDefaulted;

impl Guard for MethodDefaulted {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut call = call.clone();
        if call.arguments.text("method").is_none_or(|method| method.is_empty()) {
            call.arguments.set("method", "POST");
        }
        Honest.ask(config, &call)
    }
}
