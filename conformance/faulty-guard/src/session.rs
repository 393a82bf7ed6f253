//! One session over stdio: in which order the hooks are called, and by which thread.
//! Never what a hook does.

use std::io::BufRead;
use std::sync::Arc;

use serde_json::value::RawValue;

use crate::config::Config;
use crate::gateway::Gateway;
use crate::guard::Guard;
use crate::json::Object;
use crate::lines::{Line, MAX_LINE};
use crate::message::{INVALID_REQUEST, Id, Message, Refusal, Reply, Request, RpcError};
use crate::open::OpenCalls;
use crate::outlet::Outlet;
use crate::question::Call;
use crate::version::Version;
use crate::workers::Workers;

/// A started guard and its client.
pub(crate) struct Session {
    desk: Arc<Desk>,
    workers: Workers,
    /// The version that a handshake agreed on. Requests that name their own do not look at it.
    handshake: Option<Version>,
}

/// What the workers share with the thread that reads.
struct Desk {
    guard: &'static dyn Guard,
    config: Arc<Config>,
    open: OpenCalls,
}

impl Session {
    pub(crate) fn new(guard: &'static dyn Guard, config: Config) -> Self {
        let desk = Desk { guard, config: Arc::new(config), open: OpenCalls::default() };
        Self { desk: Arc::new(desk), workers: Workers::default(), handshake: None }
    }

    /// Serves until the input ends. Returns the exit code.
    pub(crate) fn serve(mut self, mut input: impl BufRead) -> i32 {
        let guard = self.desk.guard;
        let stdout = Outlet::stdout(guard.unheard());
        self.log(&format!("scans are sent to {}", self.desk.config.gateway));
        // An input that cannot be read any more has ended.
        while let Ok(Some(line)) = guard.next(&mut input) {
            match line {
                Line::Whole(line) if line.trim_ascii().is_empty() => {}
                Line::Whole(line) => self.take(&line, &stdout),
                Line::TooLong => {
                    let error = RpcError::new(INVALID_REQUEST, format!("a line past {MAX_LINE} bytes"));
                    self.desk.refuse(None, error, &stdout);
                }
                Line::CutOff(_) => self.log("dropped a last line without a line feed"),
            }
        }
        guard.stop(&self.desk.open)
    }

    fn take(&mut self, line: &[u8], outlet: &Outlet) {
        match self.desk.guard.read(line) {
            Ok(Message::Request(request)) => self.serve_request(request, outlet),
            Ok(Message::Notification { method, params }) => match method.as_str() {
                "notifications/cancelled" => {
                    if let Some(id) = params.get("requestId").and_then(Id::of) {
                        self.desk.guard.cancel(&self.desk.open, &id);
                    }
                }
                "tools/call" => self.log("a tool call without an id was not run"),
                _ => {}
            },
            Ok(Message::Answer) => self.log("dropped an answer to a request that was never made"),
            Ok(Message::Batch(messages)) => self.take_batch(&messages, outlet),
            Err(Refusal::Answered(id, error)) => self.desk.refuse(id, error, outlet),
            Err(Refusal::Silent(why)) => self.log(&format!("dropped a notification: {why}")),
        }
    }

    fn take_batch(&mut self, messages: &[Box<RawValue>], outlet: &Outlet) {
        if outlet.is_batch() || !self.desk.guard.takes_batch(self.handshake) {
            let error = RpcError::new(INVALID_REQUEST, "no batch is taken here; send one message a line");
            return self.desk.refuse(None, error, outlet);
        }
        let together = outlet.batch();
        for message in messages {
            self.take(message.get().as_bytes(), &together);
        }
    }

    fn serve_request(&mut self, request: Request, outlet: &Outlet) {
        let guard = self.desk.guard;
        let version = match guard.version(&request, self.handshake) {
            Ok(version) => version,
            Err(error) => return self.desk.refuse(Some(request.id), error, outlet),
        };
        let is_handshake = request.method == "initialize" && !version.is_stateless();
        if outlet.is_batch() && (is_handshake || !guard.takes_batch(Some(version))) {
            let error = RpcError::new(INVALID_REQUEST, "this request may not stand in a batch");
            return self.desk.refuse(Some(request.id), error, outlet);
        }
        if is_handshake {
            self.handshake = Some(version);
        }
        if request.method == "tools/call" {
            return self.call(version, request, outlet);
        }
        let result = guard.offer(&self.desk.config, version, &request);
        self.desk.reply(version, &request.method, request.id, result, outlet);
    }

    fn call(&self, version: Version, request: Request, outlet: &Outlet) {
        let call = match Call::read(&request.params) {
            Ok(call) => call,
            Err(error) => {
                let result = self.desk.guard.refuse(&request, error);
                return self.desk.reply(version, &request.method, request.id, result, outlet);
            }
        };
        let gateway = Gateway::new(Arc::clone(&self.desk.config));
        let Some(ticket) = self.desk.open.open(&request.id, gateway.clone(), outlet.clone()) else {
            let error = RpcError::new(INVALID_REQUEST, "id belongs to a request that is still open");
            return self.desk.refuse(Some(request.id), error, outlet);
        };
        let desk = Arc::clone(&self.desk);
        let work = move || {
            let result = desk.scan(&call, &gateway);
            desk.open.close(&ticket, |outlet| {
                desk.reply(version, &request.method, request.id, Ok(result), &outlet);
            });
        };
        self.desk.guard.run(&self.workers, Box::new(work));
    }

    fn log(&self, line: &str) {
        self.desk.log(line);
    }
}

impl Desk {
    fn scan(&self, call: &Call, gateway: &Gateway) -> Object {
        let verdict = self.guard.ask(&self.config, call).and_then(|question| {
            let sent = self.guard.send(gateway, &question);
            self.guard.judge(&self.config, &question, sent)
        });
        if let Err(failure) = &verdict {
            self.log(&format!("{} failed: {failure}", call.tool.name()));
        }
        self.guard.answer(verdict).object()
    }

    /// Answers a request that was served.
    fn reply(&self, version: Version, method: &str, id: Id, result: Result<Object, RpcError>, outlet: &Outlet) {
        let result = result.map(|result| self.guard.dress(version, method, result));
        let reply = Reply { method: method.to_owned(), id: Some(id), version: Some(version), result };
        outlet.send(self.guard.reply(&reply));
    }

    /// Answers what was not served.
    fn refuse(&self, id: Option<Id>, error: RpcError, outlet: &Outlet) {
        self.log(&format!("refused a message: {}", error.message));
        outlet.send(self.guard.reply(&Reply { method: String::new(), id, version: None, result: Err(error) }));
    }

    fn log(&self, line: &str) {
        self.guard.log(&self.config, line);
    }
}
