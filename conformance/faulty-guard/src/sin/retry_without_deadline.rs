//! A guard that gives its budget to the first attempt only.

use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::Guard;
use crate::question::Question;

pub(crate) struct RetryWithoutDeadline;

impl Guard for RetryWithoutDeadline {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        let url = gateway.url(question);
        let first = gateway.post(&url, question, Some(gateway.deadline()));
        if first.as_ref().is_ok_and(|answer| answer.status >= 500) { gateway.post(&url, question, None) } else { first }
    }
}
