//! A guard that gives up at the first line it cannot read.

use crate::guard::{Guard, Honest};
use crate::message::{Message, Refusal};

pub(crate) struct GarbageFatal;

impl Guard for GarbageFatal {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        Honest.read(line).inspect_err(|refusal| {
            if matches!(refusal, Refusal::Answered(None, _)) && !line.trim_ascii().is_empty() {
                std::process::exit(1);
            }
        })
    }
}
