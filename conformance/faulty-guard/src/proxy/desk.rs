//! One session between a client and an upstream: in which order the hooks are called, and by which
//! thread. Never what a hook does.

use std::io::BufRead;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::action::{Action, Approval, NotRun, Settled, Status};
use super::call::Call;
use super::gate::Gate;
use super::honest::Proxy;
use super::message::{self, Message};
use super::open::{Open, Owed, Stage, Ticket};
use super::upstream::Upstream;
use crate::config::Config;
use crate::gateway::{Answer, Gateway};
use crate::guard::log_line;
use crate::json::{Object, raw};
use crate::lines::{self, Line, MAX_LINE};
use crate::message::{INVALID_REQUEST, Id, Reply, RpcError};
use crate::outlet::Outlet;
use crate::question::Failure;
use crate::version::{self, Version};
use crate::workers::Workers;

/// The code of an answer that will not come (JSON-RPC 2.0, section 5.1).
const INTERNAL_ERROR: i32 = -32603;

/// How often an approval is looked at: gateways refuse more than one poll in 2 s.
const POLL: Duration = Duration::from_millis(2500);

/// What the threads of a session share.
pub(crate) struct Desk {
    proxy: &'static dyn Proxy,
    config: Arc<Config>,
    /// The upstream's name for the gateway.
    server: String,
    pub(crate) upstream: Arc<Upstream>,
    pub(crate) client: Outlet,
    pub(crate) open: Open,
    scans: Workers,
    holds: Workers,
    /// The version that client and upstream agreed on, where they did.
    handshake: Mutex<Option<Version>>,
}

/// A call and what it needs on its way.
#[derive(Debug, Clone)]
pub(crate) struct Errand {
    pub(crate) call: Call,
    ticket: Ticket,
    gateway: Gateway,
}

impl Desk {
    pub(crate) fn new(proxy: &'static dyn Proxy, config: Config, server: String, upstream: Arc<Upstream>) -> Self {
        Self {
            proxy,
            config: Arc::new(config),
            server,
            upstream,
            client: Outlet::stdout(|| log_line("stdout is closed; an answer was lost")),
            open: Open::default(),
            scans: Workers::default(),
            holds: Workers::without_bound(),
            handshake: Mutex::new(None),
        }
    }

    /// Takes the client's lines to their end.
    pub(crate) fn read_client(self: &Arc<Self>, mut input: impl BufRead) {
        while let Ok(Some(line)) = self.proxy.next(&mut input) {
            match line {
                Line::Whole(line) => self.take(line.strip_suffix(b"\r").unwrap_or(&line), &self.client),
                Line::TooLong => {
                    let error = RpcError::new(INVALID_REQUEST, format!("a line past {MAX_LINE} bytes"));
                    self.fail(None, error, &self.client);
                }
                Line::CutOff(_) => log_line("dropped a last line without a line feed"),
            }
        }
    }

    fn take(self: &Arc<Self>, line: &[u8], outlet: &Outlet) {
        match self.proxy.gate(line) {
            Gate::Call(call) => self.call(*call, outlet),
            Gate::Request { method, id } if outlet.is_batch() && method == "initialize" => {
                self.fail(Some(id), RpcError::new(INVALID_REQUEST, "initialize may not stand in a batch"), outlet);
            }
            Gate::Request { id, method } => {
                let Some(line) = self.proxy.to_upstream(line.to_vec()) else { return };
                match self.open.enter(&id, &method, Stage::Sent, outlet) {
                    Some(_) => self.upstream.send(line),
                    None => self.fail(Some(id), still_open(), outlet),
                }
            }
            Gate::Other => self.pass(line),
            Gate::Cancel(id) => {
                if !self.proxy.cancel(&self.open, &id) {
                    self.pass(line);
                }
            }
            Gate::Batch(messages) if !outlet.is_batch() && self.takes_batch() => {
                let together = outlet.batch();
                for message in messages {
                    self.take(message.get().as_bytes(), &together);
                }
            }
            Gate::Batch(_) => {
                let error = RpcError::new(INVALID_REQUEST, "no batch is taken here; send one message a line");
                self.fail(None, error, outlet);
            }
            Gate::Refused(id, error) => self.fail(id, error, outlet),
            Gate::Dropped(why) => log_line(&why),
        }
    }

    fn pass(&self, line: &[u8]) {
        if let Some(line) = self.proxy.to_upstream(line.to_vec()) {
            self.upstream.send(line);
        }
    }

    fn call(self: &Arc<Self>, call: Call, outlet: &Outlet) {
        let gateway = Gateway::new(Arc::clone(&self.config));
        let stage = Stage::Scanned(gateway.clone());
        let Some(ticket) = self.open.enter(&call.id, "tools/call", stage, outlet) else {
            return self.fail(Some(call.id), still_open(), outlet);
        };
        let (desk, errand) = (Arc::clone(self), Errand { call, ticket, gateway });
        self.proxy.run(&self.scans, Box::new(move || desk.serve(errand)));
    }

    fn serve(self: &Arc<Self>, errand: Errand) {
        let verdict = self.proxy.scan(self, &errand);
        match self.proxy.act(verdict) {
            Action::Forward => self.forward(&errand),
            Action::Replace(arguments) => self.send(&errand, errand.call.line_with(&arguments)),
            Action::Refuse(why) => self.refuse(&errand, &why),
            Action::Hold(approval) => {
                log_line(&format!(
                    "a call waits for approval {} {}",
                    approval.id,
                    approval.url.as_deref().unwrap_or("")
                ));
                self.open.set(&errand.ticket, Stage::Held);
                let desk = Arc::clone(self);
                self.proxy.run(&self.holds, Box::new(move || desk.hold(&errand, approval)));
            }
        }
    }

    /// Asks the gateway about a call.
    pub(crate) fn scan(&self, errand: &Errand) -> Result<Object, Failure> {
        let question = self.proxy.ask(&self.config, &self.server, &errand.call);
        let sent = self.proxy.send(&errand.gateway, &question);
        self.proxy.judge(&self.config, sent)
    }

    /// Asks the gateway about a call, and once more without a deadline when there was no verdict in time: what
    /// comes then is told with the call's line.
    pub(crate) fn scan_late(
        &self,
        errand: &Errand,
        then: impl FnOnce(&Upstream, Vec<u8>, Answer) + Send + 'static,
    ) -> Result<Object, Failure> {
        let verdict = self.scan(errand);
        if verdict.is_err() {
            let question = self.proxy.ask(&self.config, &self.server, &errand.call);
            let (gateway, upstream, line) = (errand.gateway.clone(), Arc::clone(&self.upstream), errand.call.line());
            thread::spawn(move || gateway.ask(&question, None).map(|answer| then(&upstream, line, answer)));
        }
        verdict
    }

    /// Sends a call to the upstream as it was judged, once, and not when it was cancelled.
    pub(crate) fn forward(&self, errand: &Errand) {
        self.send(errand, errand.call.line());
    }

    fn send(&self, errand: &Errand, line: Vec<u8>) {
        // Before the table is locked, because a hook may wait.
        let Some(line) = self.proxy.to_upstream(line) else { return };
        if self.upstream.is_open() {
            self.open.send(&errand.ticket, || self.upstream.send(line));
        } else {
            self.refuse(errand, &NotRun::TooLate);
        }
    }

    fn refuse(&self, errand: &Errand, why: &NotRun) {
        log_line(&why.text());
        let mut result = self.proxy.refuse(why).object();
        if errand.call.is_stateless {
            result = version::dress(Version::STATELESS, "tools/call", result);
        }
        self.open.close(&errand.ticket, |outlet| reply(Some(errand.call.id.clone()), Ok(result), &outlet));
    }

    /// Waits with a call for a person's decision, as long as the hold lasts.
    fn hold(&self, errand: &Errand, approval: Approval) {
        // Where there are no sessions nothing is held: the client calls again.
        let hold = if errand.call.is_stateless { Duration::ZERO } else { self.config.hold };
        let started = Instant::now();
        let mut is_first = true;
        loop {
            let left = hold.saturating_sub(started.elapsed());
            let mut status = Status::HoldOver;
            if !left.is_zero() {
                thread::sleep(left.min(POLL));
                if !self.open.is_open(&errand.ticket) {
                    return;
                }
                status = Status::Pending;
                if is_first || left >= POLL {
                    status = Status::of(self.proxy.look(&errand.gateway, &approval.id).as_deref());
                }
                is_first = false;
            }
            match self.proxy.settle(status) {
                Settled::Wait => {}
                Settled::ScanAgain => return self.scan_again(errand, approval),
                Settled::Run => return self.forward(errand),
                Settled::Refuse(why) => return self.refuse(errand, &NotRun::Unapproved(approval, why)),
            }
        }
    }

    fn scan_again(&self, errand: &Errand, approval: Approval) {
        let errand = Errand { gateway: errand.gateway.afresh(), ..errand.clone() };
        self.open.set(&errand.ticket, Stage::Scanned(errand.gateway.clone()));
        let verdict = self.proxy.scan(self, &errand);
        match self.proxy.act(verdict) {
            Action::Forward => self.forward(&errand),
            Action::Refuse(why) => self.refuse(&errand, &why),
            Action::Replace(_) | Action::Hold(_) => {
                let why = "it was given, but the gateway did not let the call through as it is";
                self.refuse(&errand, &NotRun::Unapproved(approval, why));
            }
        }
    }

    /// Takes the upstream's lines to their end.
    pub(crate) fn read_upstream(&self, mut output: impl BufRead) {
        while let Ok(Some(line)) = lines::next(&mut output) {
            match line {
                Line::Whole(line) => match message::read(&line, self.takes_batch()) {
                    Some(messages) => messages.into_iter().for_each(|message| self.bring(message)),
                    None => self.proxy.noise(self, &line),
                },
                Line::CutOff(line) => self.proxy.noise(self, &line),
                Line::TooLong => log_line("the upstream wrote a line that is too long to be passed on"),
            }
        }
    }

    fn bring(&self, message: Message) {
        let original = message.line.clone();
        // Before the table is locked, because a hook may wait.
        let lines = self.proxy.to_client(message.line);
        let Some(id) = message.answers else {
            return lines.iter().for_each(|line| self.client.relay(line));
        };
        let answered = self.open.answer(&id, |owed| {
            if owed.method == "initialize" {
                *self.handshake.lock().unwrap_or_else(PoisonError::into_inner) = agreed(&original);
            }
            lines.iter().for_each(|line| owed.outlet.relay(line));
        });
        if !answered {
            self.proxy.stray(self, &original);
        }
    }

    fn takes_batch(&self) -> bool {
        self.handshake.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(Version::has_batches)
    }

    /// Lets the session end after its client: nothing new reaches the upstream, and what ends within
    /// this time is answered.
    pub(crate) fn wind_down(&self, patience: Duration) {
        let started = Instant::now();
        self.upstream.close();
        if self.upstream.ended.within(patience).is_some() {
            self.upstream.silent.within(patience.saturating_sub(started.elapsed()));
            self.open.end_all(|stage| matches!(stage, Stage::Sent), orphaned);
        }
        self.open.drain(patience.saturating_sub(started.elapsed()));
        if self.upstream.ended.within(Duration::ZERO).is_none() {
            self.upstream.end();
        }
        self.upstream.kill();
        // What is answered of a batch is told, though the rest of it is not.
        self.open.end_all(|_| true, drop);
    }

    /// Answers all that the upstream's death leaves open.
    pub(crate) fn bereave(&self) {
        self.upstream.close();
        self.open.end_all(|_| true, orphaned);
    }

    fn fail(&self, id: Option<Id>, error: RpcError, outlet: &Outlet) {
        log_line(&format!("refused a message: {}", error.message));
        reply(id, Err(error), outlet);
    }
}

fn reply(id: Option<Id>, result: Result<Object, RpcError>, outlet: &Outlet) {
    let reply = Reply { method: String::new(), id, version: None, result };
    outlet.relay(raw(reply.message()).get().as_bytes());
}

fn orphaned(owed: Owed) {
    let error = RpcError::new(INTERNAL_ERROR, "the upstream server has ended; start it again");
    reply(Some(owed.id), Err(error), &owed.outlet);
}

fn still_open() -> RpcError {
    RpcError::new(INVALID_REQUEST, "id belongs to a request that is still open")
}

/// The version in the answer to a handshake.
fn agreed(line: &[u8]) -> Option<Version> {
    let result = Object::of(serde_json::from_slice(line).ok()?)?.get("result").and_then(Object::of)?;
    Version::of_handshake(&result.text("protocolVersion")?)
}
