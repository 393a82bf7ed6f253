//! One session over stdio: in which order the hooks are called, by which thread, and who writes.
//! Never what a hook does.

use std::io::{self, BufRead, Write};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::value::RawValue;

use crate::config::Config;
use crate::gateway::Gateway;
use crate::guard::Guard;
use crate::json::raw;
use crate::lines::{self, Line, MAX_LINE};
use crate::message::{INVALID_REQUEST, Id, Message, Refusal, Reply, Request, RpcError};
use crate::open::OpenCalls;
use crate::question::Call;

/// A started guard and its client.
pub(crate) struct Session {
    guard: &'static dyn Guard,
    config: Arc<Config>,
    open: OpenCalls,
    stdout: Mutex<io::Stdout>,
}

impl Session {
    pub(crate) fn new(guard: &'static dyn Guard, config: Config) -> Arc<Self> {
        let stdout = Mutex::new(io::stdout());
        Arc::new(Self { guard, config: Arc::new(config), open: OpenCalls::default(), stdout })
    }

    /// Serves until the input ends. Returns the exit code.
    pub(crate) fn serve(self: &Arc<Self>, mut input: impl BufRead) -> i32 {
        self.guard.log(&self.config, &format!("scans are sent to {}", self.config.gateway));
        // An input that cannot be read any more has ended.
        while let Ok(Some(line)) = lines::next(&mut input) {
            match line {
                Line::Whole(line) => self.take(&line),
                Line::TooLong => {
                    let error = RpcError::new(INVALID_REQUEST, format!("a line past {MAX_LINE} bytes"));
                    self.write("", None, Err(error));
                }
            }
        }
        self.guard.stop(&self.open)
    }

    fn take(self: &Arc<Self>, line: &[u8]) {
        match self.guard.read(line) {
            Ok(Message::Request(request)) if request.method == "tools/call" => self.call(request),
            Ok(Message::Request(request)) => {
                let result = self.guard.offer(&self.config, &request);
                self.write(&request.method, Some(request.id), result);
            }
            Ok(Message::Notification { method, params }) => match method.as_str() {
                "notifications/cancelled" => {
                    if let Some(id) = params.get("requestId").and_then(Id::of) {
                        self.open.cancel(&id);
                    }
                }
                "tools/call" => self.log("a tool call without an id was not run"),
                _ => {}
            },
            Ok(Message::Answer) => self.log("dropped an answer to a request that was never made"),
            Err(Refusal::Answered(id, error)) => {
                self.log(&format!("refused a line: {}", error.message));
                self.write("", id, Err(error));
            }
            Err(Refusal::Silent(why)) => self.log(&format!("dropped a notification: {why}")),
        }
    }

    fn call(self: &Arc<Self>, request: Request) {
        let call = match Call::read(&request.params) {
            Ok(call) => call,
            Err(error) => return self.write(&request.method, Some(request.id), Err(error)),
        };
        let gateway = Gateway::new(Arc::clone(&self.config));
        let Some(ticket) = self.open.open(&request.id, gateway.clone()) else {
            let error = RpcError::new(INVALID_REQUEST, "id belongs to a request that is still open");
            return self.write(&request.method, Some(request.id), Err(error));
        };
        let session = Arc::clone(self);
        self.guard.run(Box::new(move || {
            let result = session.scan(&call, &gateway);
            session.open.close(&ticket, || session.write(&request.method, Some(request.id), Ok(result)));
        }));
    }

    fn scan(&self, call: &Call, gateway: &Gateway) -> Box<RawValue> {
        let verdict = self.guard.ask(&self.config, call).and_then(|question| {
            let sent = self.guard.send(gateway, &question);
            self.guard.judge(&self.config, call.tool, sent)
        });
        if let Err(failure) = &verdict {
            self.log(&format!("{} failed: {failure}", call.tool.name()));
        }
        self.guard.answer(verdict).wire()
    }

    fn write(&self, method: &str, id: Option<Id>, result: Result<Box<RawValue>, RpcError>) {
        let reply = Reply { method: method.to_owned(), id, result };
        let mut lines = String::new();
        for message in self.guard.reply(&reply) {
            lines.push_str(raw(message).get());
            lines.push('\n');
        }
        let mut stdout = self.stdout.lock().unwrap_or_else(PoisonError::into_inner);
        if stdout.write_all(lines.as_bytes()).and_then(|()| stdout.flush()).is_err() {
            self.log("stdout is closed; an answer was lost");
        }
    }

    fn log(&self, line: &str) {
        self.guard.log(&self.config, line);
    }
}
