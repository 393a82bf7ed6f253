//! A guard that takes the second attempt for the approved one, whatever the gateway says by then.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::Guard;
use crate::json::{Object, raw};
use crate::question::Question;

/// The scans that were told to wait.
static HELD: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

pub(crate) struct ApprovalAssumed;

impl Guard for ApprovalAssumed {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        let mut answer = gateway.ask(question, Some(gateway.config.budget))?;
        let Ok(verdict) = Object::parse(&answer.body) else { return Ok(answer) };
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        if held.contains(question.wire().get()) {
            answer.body = raw(verdict.with("decision", "ALLOW")).get().as_bytes().to_vec();
        } else if verdict.text("decision").as_deref() == Some("REQUIRE_APPROVAL") {
            held.insert(question.wire().get().to_owned());
        }
        Ok(answer)
    }
}
