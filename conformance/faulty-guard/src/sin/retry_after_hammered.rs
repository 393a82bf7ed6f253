//! A guard that asks as long as it is told that it may.

use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::Guard;
use crate::question::Question;
use std::time::Duration;

pub(crate) struct RetryAfterHammered;

impl Guard for RetryAfterHammered {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        let url = gateway.url(question);
        let mut sent = gateway.post(&url, question, Some(gateway.deadline()));
        for _ in 1..5 {
            if !sent.as_ref().is_ok_and(|answer| answer.retry_after == Some(Duration::ZERO)) {
                break;
            }
            sent = gateway.post(&url, question, Some(gateway.deadline()));
        }
        sent
    }
}
