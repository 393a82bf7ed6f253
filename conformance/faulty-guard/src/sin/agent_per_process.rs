//! A guard that is another agent each time it starts, so that no approval outlives it.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::question::{Call, Failure, Question, Tool};

/// A UUID of version 4 (RFC 9562), from what seeds this process's hash tables.
static AGENT: LazyLock<String> = LazyLock::new(|| {
    let [high, low] = [0, 1].map(|half| RandomState::new().hash_one(half));
    let (time, version, node) = (high >> 32, high & 0xfff, low & 0xffff_ffff_ffff);
    format!("{time:08x}-{:04x}-4{version:03x}-8{:03x}-{node:012x}", high >> 16 & 0xffff, low >> 48 & 0xfff)
});

pub(crate) struct AgentPerProcess;

impl Guard for AgentPerProcess {
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        let mut question = Honest.ask(config, call)?;

        if question.tool == Tool::Scan {
            question.body.set("agent_id", &*AGENT);
        }
        Ok(question)
    }
}
