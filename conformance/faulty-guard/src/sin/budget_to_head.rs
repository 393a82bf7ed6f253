//! A guard whose timeout ends when the head of the answer is there.

use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::Guard;
use crate::plain;
use crate::question::Question;

pub(crate) struct BudgetToHead;

impl Guard for BudgetToHead {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        plain::ask(gateway, question, |has_head| (!has_head).then_some(gateway.config.budget))
    }
}
