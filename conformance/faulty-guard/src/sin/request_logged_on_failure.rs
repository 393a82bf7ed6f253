//! A guard that logs what it could not send, head and body.

use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::{Guard, Honest, log_line};
use crate::question::Question;

pub(crate) struct RequestLoggedOnFailure;

impl Guard for RequestLoggedOnFailure {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        let sent = Honest.send(gateway, question);
        if sent.is_err() {
            let (key, body) = (gateway.config.key.secret(), question.wire());
            log_line(&format!("no answer to POST {} authorization: Bearer {key} {body}", gateway.url(question)));
        }
        sent
    }
}
