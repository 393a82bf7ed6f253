//! A guard that starts its clock anew when it has waited.

use std::thread;

use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::Guard;
use crate::question::Question;

pub(crate) struct WaitWithoutDeadline;

impl Guard for WaitWithoutDeadline {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        let url = gateway.url(question);
        let first = gateway.post(&url, question, Some(gateway.deadline()))?;
        let Some(pause) = first.retry_after.filter(|_| first.status == 429) else { return Ok(first) };
        thread::sleep(pause);
        gateway.post(&url, question, None)
    }
}
