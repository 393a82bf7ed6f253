//! A guard of a gateway that once took its key from the address.

use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::Guard;
use crate::question::Question;

pub(crate) struct KeyInQuery;

impl Guard for KeyInQuery {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        let url = format!("{}?api_key={}", gateway.url(question), gateway.config.key.secret());
        gateway.post(&url, question, Some(gateway.deadline()))
    }
}
