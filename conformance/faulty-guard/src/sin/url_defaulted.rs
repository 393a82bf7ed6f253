//! A guard that helps out where the address is missing, and so scans a call that nobody makes.

use crate::config::Config;
use crate::guard::Guard;
use crate::question::{Call, Failure, Question, Tool};

pub(crate) struct UrlDefaulted;

impl Guard for UrlDefaulted {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut call = call.clone();
        if call.tool == Tool::Scan && call.arguments.text("url").is_none_or(|url| url.is_empty()) {
            call.arguments.set("url", "http://localhost/");
        }
        Question::build(config, &call)
    }
}
