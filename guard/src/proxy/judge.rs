//! The course of one call, from its arrival until it runs or is answered: asked about, held, asked about
//! again. Each call has a task of its own, which whoever cancels it drops. Never what a verdict means.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use super::intercept::{self, Action, Consent, Ending, KEY, Manners, Next, Show};
use super::ledger::{Due, Stage};
use super::relay::size_of_open;
use super::{Proxy, TOO_LATE, reply};
use crate::approval::Status;
use crate::batch::BatchNumber;
use crate::caught::caught;
use crate::frame::{Code, Id, Refusal, Request, ToolCall};
use crate::gateway::ScanError;
use crate::json::Object;
use crate::log;
use crate::room::Held;
use crate::scan::Scan;
use crate::verdict::{Approval, Verdict};

/// What the smallest call counts as while it is judged, in bytes: it is more than its line.
const LEAST_CALL: usize = 16 * 1024;

/// A call that is being judged.
struct Case {
    id: Id,
    call: ToolCall,
    scan: Scan,
    manners: Manners,
    arrived: Instant,
}

/// What the gateway said, and the trace under which it knows the call.
type Outcome = Result<Held<Verdict>, ScanError>;

impl Proxy {
    /// Opens the case of a call.
    pub(super) fn judge(
        self: &Arc<Self>,
        request: &Request,
        manners: Manners,
        batch: Option<BatchNumber>,
    ) -> Result<(), Refusal> {
        let id = request.id.clone();
        let share = self.admit(&id, request.size().max(LEAST_CALL))?;
        let call = request.call().expect("only calls are judged").clone();
        let arguments = call.arguments().map(Object::bytes);
        let scan = Scan::of_call(&self.server, &call.name(), arguments);
        let reading = manners.reading;
        let proxy = Arc::clone(self);
        let case = scan.map(|scan| Case { id: id.clone(), call, scan, manners, arrived: Instant::now() });
        let whose = id.clone();
        // The ledger is held, so that the task finds what it settles.
        let mut ledger = self.ledger();
        let task = tokio::spawn(async move {
            let judged = async {
                match case {
                    Ok(case) => proxy.decide(&case).await,
                    Err(error) => {
                        let text = intercept::failed(&format_args!("{error}; correct the call and send it again"));
                        proxy.reply(&whose, reply::not_run(&whose, reading, &text)).await;
                    }
                }
            };
            if caught(judged).await.is_none() {
                let text = "the guard failed on this call, and did not run it; report it to its makers";
                proxy.reply(&whose, reply::error(&whose, Code::InternalError, text)).await;
            }
        });
        ledger.enter(id, reading, batch, share, Stage::Judged(task.abort_handle()));
        Ok(())
    }

    async fn decide(&self, case: &Case) {
        if let Some(action) = intercept::before(&case.manners) {
            return self.act(case, action, None).await;
        }
        let outcome = self.ask(case, case.arrived).await;
        match intercept::judged(outcome.as_deref(), &case.manners, &self.policy) {
            Next::Now(action) => self.act(case, action, trace(&outcome)).await,
            Next::Hold(approval, show) => {
                // Other answers need its room while this call waits.
                drop(outcome);
                self.hold(case, approval, show).await;
            }
        }
    }

    async fn ask(&self, case: &Case, since: Instant) -> Outcome {
        let outcome = self.gateway.scan(&case.scan, since).await;
        if let Err(error) = &outcome {
            if self.policy.fail_open && error.is_outage() {
                log::say(format_args!("a call was let through unscanned, as INTERVEN_FAIL_OPEN asks: {error}"));
            } else {
                log::say(error);
            }
        }
        outcome
    }

    async fn act(&self, case: &Case, action: Action, trace: Option<Bytes>) {
        let line = match action {
            Action::Forward(arguments) => return self.forward(case, arguments, trace).await,
            Action::Refuse(text) => reply::not_run(&case.id, case.manners.reading, &text),
            Action::AskToShow(approval, text) => {
                reply::ask_to_show(&case.id, &approval, &text, case.call.param("requestState").as_ref())
            }
        };
        self.reply(&case.id, line).await;
    }

    /// Hands the call to the server, as far as it is one of the server's own.
    async fn forward(&self, case: &Case, arguments: Option<Bytes>, trace: Option<Bytes>) {
        let mut instead = Vec::new();
        instead.extend(arguments.map(|arguments| ("arguments", Some(arguments))));
        if case.manners.consent.is_some() {
            instead.push(("inputResponses", theirs(&case.call)));
        }
        let line = case.call.line(&case.id, &instead);
        let share = self.ahead.take(line.len()).await;
        let place = self.to_server.reserve().await;
        let due = trace.filter(|_| self.reports.is_some()).map_or(Due::Nothing, Due::Report);
        {
            let mut ledger = self.ledger();
            if let Ok(place) = place
                && !self.is_closing()
            {
                // From here on the call is the server's; a cancellation follows it there.
                if ledger.send(&case.id, due, size_of_open(&case.id)) {
                    place.send(vec![share.hold(line)]);
                }
                return;
            }
        }
        let text = intercept::failed(&TOO_LATE);
        self.reply(&case.id, reply::not_run(&case.id, case.manners.reading, &text)).await;
    }

    async fn hold(&self, case: &Case, approval: Approval, show: Show) {
        log::say(intercept::waiting(&approval));
        let (action, trace) = match self.wait(case, &approval, show).await {
            None => {
                let outcome = self.ask(case, Instant::now()).await;
                (intercept::rejudged(outcome.as_deref(), &case.manners, &self.policy), trace(&outcome))
            }
            Some(ending) => (intercept::ended(ending, approval, &case.manners), None),
        };
        self.act(case, action, trace).await;
    }

    /// Waits until an approval is given; how it ended otherwise.
    async fn wait(&self, case: &Case, approval: &Approval, show: Show) -> Option<Ending> {
        let text = intercept::waiting(approval);
        let begun = Instant::now();
        let deadline = begun + self.hold;
        let mut question = if show == Show::Url { self.show(approval, &text).await } else { None };
        let mut since = begun;
        let mut told = f64::INFINITY;
        loop {
            let left = deadline.saturating_duration_since(Instant::now()).as_secs_f64();
            if let Some(token) = case.manners.progress.as_ref().filter(|_| show == Show::Progress && left < told) {
                // A client that does not read misses this one, and no more.
                let _ = self.to_client.try_send(vec![reply::progress(token, left, &text).into()]);
                told = left;
            }
            tokio::select! {
                biased;
                () = sleep_until(deadline) => return Some(Ending::Undecided),
                consent = consent(question.as_mut()) => if consent == Consent::Declined {
                    return Some(Ending::Declined);
                },
                status = self.approvals.look(&self.gateway, &approval.id, &mut since) => match status {
                    Status::Pending => {}
                    Status::Approved => return None,
                    Status::Denied => return Some(Ending::Denied),
                    Status::Expired => return Some(Ending::Expired),
                },
            }
        }
    }

    async fn show<'p>(&'p self, approval: &Approval, text: &str) -> Option<Question<'p>> {
        let number = self.asked.fetch_add(1, Ordering::Relaxed);
        let id = Id::parse(format!("{}-{number}\"", self.ours).as_bytes()).expect("a string is an id");
        let (answer, heard) = oneshot::channel();
        self.ledger().questions.insert(id.clone(), answer);
        let question = Question { proxy: self, approval: approval.clone(), answer: Some(heard), id };
        self.to_client.send(vec![reply::show(&question.id, approval, text).into()]).await.ok()?;
        Some(question)
    }

    /// Answers a call; whoever cancelled it hears nothing.
    async fn reply(&self, id: &Id, line: Bytes) {
        let line = self.ledger().settle(id, line);
        if let Some(line) = line {
            let _ = self.to_client.send(line).await;
        }
        self.settled.notify_one();
    }
}

/// A question that the client was asked. Dropped, it is closed.
struct Question<'p> {
    proxy: &'p Proxy,
    id: Id,
    approval: Approval,
    /// Where the answer comes; gone once it came.
    answer: Option<oneshot::Receiver<Consent>>,
}

/// The answer to a question, once; for ever nothing after that, or where there is none.
async fn consent(question: Option<&mut Question<'_>>) -> Consent {
    let Some(question) = question else { return std::future::pending().await };
    let Some(answer) = &mut question.answer else { return std::future::pending().await };
    let consent = answer.await.unwrap_or(Consent::Dismissed);
    question.answer = None;
    consent
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.proxy.ledger().questions.remove(&self.id);
        // Where there is no room the client keeps a page open that leads nowhere.
        let line = reply::shown(&self.id, &self.approval, self.answer.is_none());
        let _ = self.proxy.to_client.try_send(vec![line.into()]);
    }
}

/// The verdict itself is not kept for it: the call may stay open for long.
fn trace(outcome: &Outcome) -> Option<Bytes> {
    let trace = outcome.as_ref().ok().and_then(|verdict| verdict.trace_id());
    trace.map(|trace| Bytes::copy_from_slice(&trace))
}

/// The input responses of a call, less the one to us; none where ours was the only one.
fn theirs(call: &ToolCall) -> Option<Bytes> {
    let responses = call.param("inputResponses").and_then(|responses| Object::read(&responses).ok().flatten())?;
    let theirs = responses.members().filter(|(key, _)| *key != KEY);
    let theirs: Vec<_> = theirs.map(|(key, value)| [serde_json::Value::from(key).to_string().into(), value]).collect();
    if theirs.is_empty() {
        return None;
    }
    let theirs = theirs.iter().map(|pair: &[Bytes; 2]| [&pair[0][..], &pair[1][..]].join(&b':'));
    Some([&b"{"[..], &theirs.collect::<Vec<_>>().join(&b','), b"}"].concat().into())
}
