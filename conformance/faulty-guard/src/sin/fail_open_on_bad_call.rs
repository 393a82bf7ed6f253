//! A guard that lets a call through which it would not even ask about.
//! Two hooks: one takes the call for a question, the other does not send it.

use crate::config::Config;
use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::{Call, Failure, Question};

pub(crate) struct FailOpenOnBadCall;

impl Guard for FailOpenOnBadCall {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let empty = |_| Ok(Question { tool: call.tool, body: Object::default() });
        if config.fail_open { Honest.ask(config, call).or_else(empty) } else { Honest.ask(config, call) }
    }

    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        if question.wire().get() == "{}" { Err(Trouble::Unreachable) } else { Honest.send(gateway, question) }
    }
}
