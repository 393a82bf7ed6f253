//! A guard whose reader drops what is nested too deep, and says nothing.

use crate::guard::{Guard, Honest};
use crate::json::{MAX_DEPTH, depth};
use crate::message::{Message, Refusal};

pub(crate) struct DeepNestingSilent;

impl Guard for DeepNestingSilent {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        if depth(&String::from_utf8_lossy(line)) > MAX_DEPTH {
            return Err(Refusal::Silent(format!("nesting past {MAX_DEPTH} levels")));
        }
        Honest.read(line)
    }
}
