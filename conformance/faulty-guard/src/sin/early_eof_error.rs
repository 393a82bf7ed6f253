//! A guard to which an end before the first request is an error.
//! Two hooks: one sees the requests, the other the end.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::guard::{Guard, Honest};
use crate::message::{Message, Refusal};
use crate::open::OpenCalls;

static ASKED: AtomicBool = AtomicBool::new(false);

pub(crate) struct EarlyEofError;

impl Guard for EarlyEofError {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        let message = Honest.read(line)?;
        if let Message::Request(_) = message {
            ASKED.store(true, Ordering::Relaxed);
        }
        Ok(message)
    }

    fn stop(&self, open: &OpenCalls) -> i32 {
        if ASKED.load(Ordering::Relaxed) { Honest.stop(open) } else { 1 }
    }
}
