//! A guard that reports what it cannot read, a notification too.

use crate::guard::{Guard, Honest};
use crate::message::{INVALID_REQUEST, Message, Refusal, RpcError};

pub(crate) struct AnswersMalformed;

impl Guard for AnswersMalformed {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        Honest.read(line).map_err(|refusal| match refusal {
            Refusal::Silent(why) => Refusal::Answered(None, RpcError::new(INVALID_REQUEST, why)),
            answered => answered,
        })
    }
}
