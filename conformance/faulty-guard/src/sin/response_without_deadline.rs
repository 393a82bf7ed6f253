//! A guard that has a budget for scans only.

use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::{Guard, Honest};
use crate::question::{Question, Tool};

pub(crate) struct ResponseWithoutDeadline;

impl Guard for ResponseWithoutDeadline {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        if question.tool == Tool::ScanResponse { gateway.ask(question, None) } else { Honest.send(gateway, question) }
    }
}
