//! A guard that retries everything that is not a 200, its own mistakes included.

use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::Guard;
use crate::question::Question;

pub(crate) struct RetriesRefusals;

impl Guard for RetriesRefusals {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        let mut sent = gateway.ask(question, Some(gateway.config.budget));
        for _ in 1..5 {
            if !sent.as_ref().is_ok_and(|answer| [400, 401].contains(&answer.status)) {
                break;
            }
            sent = gateway.ask(question, Some(gateway.config.budget));
        }
        sent
    }
}
