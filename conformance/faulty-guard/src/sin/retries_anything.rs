//! A guard that retries until it likes the answer, though it was answered.

use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::Guard;
use crate::question::Question;
use crate::verdict;

pub(crate) struct RetriesAnything;

impl Guard for RetriesAnything {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        let url = gateway.url(question);
        let first = gateway.post(&url, question, Some(gateway.deadline()));
        let is_verdict = |answer: &Answer| answer.status == 200 && verdict::object(&answer.body).is_ok();
        if first.as_ref().is_ok_and(is_verdict) {
            first
        } else {
            gateway.post(&url, question, Some(gateway.deadline()))
        }
    }
}
