//! A guard that never forgets a call.

use crate::answer::ToolResult;
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::question::Failure;

const KEPT: usize = 4096;

pub(crate) struct LeaksMemory;

impl Guard for LeaksMemory {
    fn answer(&self, verdict: Result<Object, Failure>) -> ToolResult {
        Box::leak(vec![b'.'; KEPT].into_boxed_slice());
        Honest.answer(verdict)
    }
}
