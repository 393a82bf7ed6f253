//! A guard that lets through what is too large to be looked at.

use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::{Guard, Honest};
use crate::question::Question;

/// What a gateway takes (documented by the vendor's API).
const MOST: usize = 256 * 1024;

pub(crate) struct TooLargeAllowed;

impl Guard for TooLargeAllowed {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        let is_large = question.wire().get().len() > MOST;
        let answer = if is_large { None } else { Some(Honest.send(gateway, question)?) };
        match answer.filter(|answer| answer.status != 413) {
            Some(answer) => Ok(answer),
            None => Ok(Answer { status: 200, body: br#"{"decision":"ALLOW"}"#.to_vec(), ..Answer::default() }),
        }
    }
}
