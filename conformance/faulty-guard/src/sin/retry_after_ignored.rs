//! A guard that asks again at once when it was told to wait.

use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::Guard;
use crate::question::Question;

pub(crate) struct RetryAfterIgnored;

impl Guard for RetryAfterIgnored {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        let url = gateway.url(question);
        let first = gateway.post(&url, question, Some(gateway.deadline()));
        let is_limited = first.as_ref().is_ok_and(|answer| answer.status == 429);
        if is_limited { gateway.post(&url, question, Some(gateway.deadline())) } else { first }
    }
}
