//! A guard with a timer of 32 bits: a wait that is too long for it is none.

use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::Guard;
use crate::question::Question;

pub(crate) struct RetryAfterWraps;

impl Guard for RetryAfterWraps {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        let url = gateway.url(question);
        let first = gateway.post(&url, question, Some(gateway.deadline()));
        let pause = first.as_ref().ok().and_then(|answer| answer.retry_after);
        let is_too_long = pause.is_some_and(|pause| i32::try_from(pause.as_millis()).is_err());
        if is_too_long { gateway.post(&url, question, Some(gateway.deadline())) } else { first }
    }
}
