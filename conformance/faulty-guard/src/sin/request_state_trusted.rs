//! A guard that believes whatever comes back to it, although anybody may have written it.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::config::Config;
use crate::gateway::{Answer, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{Message, Refusal};
use crate::question::{Failure, Question};

static RETRIED: AtomicBool = AtomicBool::new(false);

pub(crate) struct RequestStateTrusted;

impl Guard for RequestStateTrusted {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        let message = Honest.read(line)?;
        if let Message::Request(request) = &message {
            RETRIED.store(request.params.get("requestState").is_some(), Ordering::Relaxed);
        }
        Ok(message)
    }

    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        let verdict = Honest.judge(config, question, sent)?;
        Ok(if RETRIED.load(Ordering::Relaxed) { verdict.with("decision", "ALLOW") } else { verdict })
    }
}
