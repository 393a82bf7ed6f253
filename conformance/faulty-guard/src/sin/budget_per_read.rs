//! A guard whose timeout is that of the socket, and begins anew with every byte.

use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::Guard;
use crate::plain;
use crate::question::Question;

pub(crate) struct BudgetPerRead;

impl Guard for BudgetPerRead {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        plain::ask(gateway, question, |_| Some(gateway.config.budget))
    }
}
