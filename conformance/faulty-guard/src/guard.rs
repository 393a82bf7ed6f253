//! The hooks: every place where a guard can go wrong, each with what an honest guard does there as
//! its default. Never a sin, and never the order in which they are called, which is the session's.

use std::io::{self, BufRead, Write};
use std::time::Duration;

use crate::answer::ToolResult;
use crate::config::{Config, ConfigError, Env};
use crate::gateway::{Answer, Gateway, Trouble};
use crate::json::Object;
use crate::lines::{self, Line};
use crate::message::{Id, Message, Refusal, Reply, Request, RpcError};
use crate::open::OpenCalls;
use crate::question::{Call, Failure, Question};
use crate::version::{self, Version};
use crate::workers::{Work, Workers};
use crate::{offer, verdict};

/// How long calls in flight may still end after stdin closed.
const PATIENCE: Duration = Duration::from_secs(2);

/// A guard. One that overrides nothing is honest.
pub(crate) trait Guard: Sync {
    /// Everything before the first line is read.
    fn start(&self, env: Env<'_>) -> Result<Config, ConfigError> {
        Config::read(env)
    }

    /// The next line is taken off stdin; `None` at its end.
    fn next(&self, input: &mut dyn BufRead) -> io::Result<Option<Line>> {
        lines::next(input)
    }

    /// A line of stdin becomes a message, or is refused.
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        Message::read(line)
    }

    /// Whether messages may come in a batch: by the handshake's version for the batch, by its own
    /// for each request in it.
    fn takes_batch(&self, version: Option<Version>) -> bool {
        version.is_some_and(Version::has_batches)
    }

    /// The version is found in which a request is served.
    fn version(&self, request: &Request, handshake: Option<Version>) -> Result<Version, RpcError> {
        version::of(request, handshake)
    }

    /// Every request but a tool call is answered from what is on offer.
    fn offer(&self, _config: &Config, version: Version, request: &Request) -> Result<Object, RpcError> {
        offer::answer(version, request)
    }

    /// A tool call that names no tool of ours, or is none at all, is refused.
    fn refuse(&self, _request: &Request, why: RpcError) -> Result<Object, RpcError> {
        Err(why)
    }

    /// A tool call's work goes to a worker, so that none waits for another.
    fn run(&self, workers: &Workers, work: Work) {
        workers.run(work);
    }

    /// The client no longer wants the answer to this call.
    fn cancel(&self, open: &OpenCalls, id: &Id) {
        open.cancel(id);
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
    fn judge(&self, config: &Config, question: &Question, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        verdict::read(config, question.tool, sent)
    }

    /// The verdict becomes the call's result.
    fn answer(&self, verdict: Result<Object, Failure>) -> ToolResult {
        ToolResult::of(verdict)
    }

    /// A result gets what its version asks of every result.
    fn dress(&self, version: Version, method: &str, result: Object) -> Object {
        version::dress(version, method, result)
    }

    /// A reply becomes the messages that stand for it on stdout: exactly one.
    fn reply(&self, reply: &Reply) -> Vec<Object> {
        vec![reply.message()]
    }

    /// Nobody reads the answers any more: what is done about it, at the first one that is lost.
    fn unheard(&self) -> fn() {
        || {
            log_line("stdout is closed, so nobody can be answered any more");
            std::process::exit(1);
        }
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
