//! The hooks of the proxy role: every place where a proxy can go wrong, each with what an honest one
//! does there as its default. Never a sin, and never the order in which they are called.

use std::ffi::OsString;
use std::io::{self, BufRead};
use std::process::{ChildStderr, Command, ExitStatus};
use std::time::Duration;

use super::action::{Action, NotRun, Settled, Status};
use super::call::Call;
use super::desk::{Desk, Errand};
use super::gate::Gate;
use super::open::Open;
use super::shim;
use crate::answer::ToolResult;
use crate::config::Config;
use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::log_line;
use crate::json::Object;
use crate::lines::{self, Line};
use crate::message::Id;
use crate::question::{Failure, Question, Tool};
use crate::verdict;
use crate::workers::{Work, Workers};

/// How long the upstream and what is in flight may still take once the client has left.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// A proxy. One that overrides nothing is honest.
pub(crate) trait Proxy: Sync {
    /// The command that becomes the upstream: in the guard's environment, without its key.
    fn command(&self, _config: &Config, upstream: &[OsString]) -> Command {
        let mut command = shim::command(upstream);
        command.env_remove("INTERVEN_API_KEY");
        command
    }

    /// The upstream's stderr, to its end.
    fn drain(&self, mut stderr: ChildStderr) {
        let _ = io::copy(&mut stderr, &mut io::stderr());
    }

    /// The client's next line is taken off stdin; `None` at its end.
    fn next(&self, input: &mut dyn BufRead) -> io::Result<Option<Line>> {
        lines::next(input)
    }

    /// What becomes of a line of the client's.
    fn gate(&self, line: &[u8]) -> Gate {
        Gate::of(line)
    }

    /// A call's work goes to a worker, so that none waits for another.
    fn run(&self, workers: &Workers, work: Work) {
        workers.run(work);
    }

    /// The verdict on a call is got.
    fn scan(&self, desk: &Desk, errand: &Errand) -> Result<Object, Failure> {
        desk.scan(errand)
    }

    /// A call becomes the question for the gateway.
    fn ask(&self, config: &Config, server: &str, call: &Call) -> Question {
        call.question(config, server)
    }

    /// The question is sent.
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        gateway.ask(question, Some(gateway.config.budget))
    }

    /// What came back from the gateway is read as a verdict.
    fn judge(&self, config: &Config, sent: Result<Answer, Trouble>) -> Result<Object, Failure> {
        verdict::read(config, Tool::Scan, sent)
    }

    /// What follows from the verdict.
    fn act(&self, verdict: Result<Object, Failure>) -> Action {
        Action::of(verdict)
    }

    /// How the approval stands that a held call waits for.
    fn look(&self, gateway: &Gateway, id: &str) -> Option<String> {
        gateway.approval(id)
    }

    /// What follows for a held call from what is known of its approval.
    fn settle(&self, status: Status) -> Settled {
        Settled::of(status)
    }

    /// A call that was not run gets its answer.
    fn refuse(&self, why: &NotRun) -> ToolResult {
        why.result()
    }

    /// The client withdraws a request. Returns whether that was the end of it; otherwise the upstream
    /// is told.
    fn cancel(&self, open: &Open, id: &Id) -> bool {
        open.cancel(id)
    }

    /// A line on its way to the upstream; `None` keeps it back.
    fn to_upstream(&self, line: Vec<u8>) -> Option<Vec<u8>> {
        Some(line)
    }

    /// A message on its way to the client becomes the lines that stand for it: itself.
    fn to_client(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        vec![line]
    }

    /// The upstream answers what it was not asked, or once more.
    fn stray(&self, _desk: &Desk, _line: &[u8]) {
        log_line("dropped an answer of the upstream's that nobody waits for");
    }

    /// The upstream writes what is no message.
    fn noise(&self, _desk: &Desk, line: &[u8]) {
        log_line(&format!("the upstream wrote no message: {}", String::from_utf8_lossy(&line[..line.len().min(200)])));
    }

    /// The client has left. Returns the exit code.
    fn stop(&self, desk: &Desk) -> i32 {
        desk.wind_down(PATIENCE);
        0
    }

    /// The guard is told to end. Returns the exit code.
    fn terminated(&self, desk: &Desk) -> i32 {
        self.stop(desk)
    }

    /// The upstream has ended by itself. Returns the exit code: its own.
    fn mourn(&self, desk: &Desk, status: ExitStatus) -> i32 {
        desk.bereave();
        desk.upstream.kill();
        status.code().unwrap_or(1)
    }
}

/// The proxy without sin.
pub(crate) struct Honest;

impl Proxy for Honest {}
