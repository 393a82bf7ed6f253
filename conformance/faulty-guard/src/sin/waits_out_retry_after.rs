//! A guard that waits as long as it is told to, whoever waits for it.

use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::Guard;
use crate::question::Question;
use std::thread;

pub(crate) struct WaitsOutRetryAfter;

impl Guard for WaitsOutRetryAfter {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        let url = gateway.url(question);
        let first = gateway.post(&url, question, Some(gateway.deadline()));
        let Some(pause) = first.as_ref().ok().and_then(|answer| answer.retry_after) else { return first };
        thread::sleep(pause);
        gateway.post(&url, question, None)
    }
}
