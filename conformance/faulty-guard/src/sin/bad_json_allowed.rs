//! A guard that found no denial in what it could not read.

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::Guard;
use crate::json::Object;
use crate::question::{Failure, Tool};
use crate::verdict;

pub(crate) struct BadJsonAllowed;

impl Guard for BadJsonAllowed {
    fn judge(&self, config: &Config, tool: Tool, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        match &sent {
            Ok(answer) if answer.status == 200 && tool == Tool::Scan && verdict::object(&answer.body).is_err() => {
                Ok(Object::default().with("decision", "ALLOW"))
            }
            _ => verdict::read(config, tool, sent),
        }
    }
}
