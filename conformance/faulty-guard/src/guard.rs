//! The hooks: every place where a guard can go wrong, each with what an honest guard does there as
//! its default. Never a sin, and never the order in which they are called, which is the session's.

use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use serde_json::value::RawValue;

use crate::answer::ToolResult;
use crate::config::{Config, ConfigError, Env};
use crate::gateway::{Answer, Gateway, Trouble};
use crate::json::Object;
use crate::message::{Message, Refusal, Reply, Request, RpcError};
use crate::open::OpenCalls;
use crate::question::{Call, Failure, Question, Tool};
use crate::{offer, verdict};

/// How long calls in flight may still end after stdin closed.
const PATIENCE: Duration = Duration::from_secs(2);

/// One call's work, from the question to the answer.
pub(crate) type Work = Box<dyn FnOnce() + Send>;

/// A guard. One that overrides nothing is honest.
pub(crate) trait Guard: Sync {
    /// Everything before the first line is read.
    fn start(&self, env: Env<'_>) -> Result<Config, ConfigError> {
        Config::read(env)
    }

    /// A line of stdin becomes a message, or is refused.
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        Message::read(line)
    }

    /// Every request but a tool call is answered from what is on offer.
    fn offer(&self, _config: &Config, request: &Request) -> Result<Box<RawValue>, RpcError> {
        offer::answer(request)
    }

    /// A tool call's work gets a thread of its own, so that none waits for another.
    fn run(&self, work: Work) {
        thread::spawn(work);
    }

    /// A tool call becomes the question for the gateway.
    fn ask(&self, config: &Config, call: &Call) -> Result<Question, Failure> {
        Question::build(config, call)
    }

    /// The question is sent.
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        gateway.ask(question, Some(gateway.config.budget))
    }

    /// What came back is read as a verdict.
    fn judge(&self, config: &Config, tool: Tool, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        verdict::read(config, tool, sent)
    }

    /// The verdict becomes the call's result.
    fn answer(&self, verdict: Result<Object, Failure>) -> ToolResult {
        ToolResult::of(verdict)
    }

    /// A reply becomes the messages that stand for it on stdout: exactly one.
    fn reply(&self, reply: &Reply) -> Vec<Object> {
        vec![reply.message()]
    }

    /// Stdin has closed: what still ends soon is answered. Returns the exit code.
    fn stop(&self, open: &OpenCalls) -> i32 {
        open.drain(PATIENCE);
        0
    }

    /// One line for people, on stderr.
    fn log(&self, _config: &Config, line: &str) {
        log_line(line);
    }
}

/// The guard without sin.
pub(crate) struct Honest;

impl Guard for Honest {}

/// Writes to stderr. Whoever closed it wants no log, so a failure here is nobody's.
pub(crate) fn log_line(line: &str) {
    let _ = writeln!(io::stderr(), "faulty-guard: {line}");
}
