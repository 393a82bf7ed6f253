//! A guard that keeps most of its budget for attempts that it never makes.

use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::Guard;
use crate::question::Question;

pub(crate) struct GivesUpEarly;

impl Guard for GivesUpEarly {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        gateway.ask(question, Some(gateway.config.budget / 10))
    }
}
