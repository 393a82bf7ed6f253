//! The MCP client: writes requests to the guard's stdin, reads its stdout and stderr, and waits for
//! answers with limits on time and memory. It reads of a message only what it needs to wait for it.

mod inbox;
mod streams;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use mock_gateway::json::Json;
use tokio::io::AsyncWriteExt;
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use super::dialect::Dialect;
use crate::log::Log;
use crate::recording::{Event, Text};
use inbox::Inbox;
use streams::{read_stderr, read_stdout};

/// The client's side of a running guard.
#[derive(Debug)]
pub(crate) struct Client {
    dialect: Dialect,
    /// How many requests were made.
    asked: Arc<AtomicUsize>,
    stdin: Option<ChildStdin>,
    /// Whether it is written down that stdin is closed.
    has_hung_up: bool,
    inbox: Arc<Inbox>,
    readers: [JoinHandle<()>; 2],
    log: Log,
    last_id: i64,
}

/// A message that can be sent.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) text: String,
    /// Of a request.
    pub(crate) id: Option<Json>,
}

/// A request that was sent, to be waited for.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) step: String,
    pub(crate) id: Json,
    /// How many answers had come before.
    pub(crate) after: usize,
    /// Answers without an id count too, because the request's may not have been readable.
    pub(crate) may_be_unreadable: bool,
}

/// Why no answer is to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Silence {
    /// The time is over.
    TimedOut,
    /// Stdout has ended, or flooded.
    NoMore,
}

impl Client {
    /// A client of a guard that was just started; its ids go on after `last_id`.
    pub(crate) fn new(
        dialect: Dialect,
        (stdin, stdout, stderr): (ChildStdin, ChildStdout, ChildStderr),
        log: Log,
        last_id: i64,
    ) -> Self {
        let inbox = Arc::new(Inbox::default());
        let asked = Arc::default();
        let readers = [
            tokio::spawn(read_stdout(stdout, dialect.version, Arc::clone(&inbox), Arc::clone(&asked), log.clone())),
            tokio::spawn(read_stderr(stderr, log.clone())),
        ];
        Self { dialect, asked, stdin: Some(stdin), has_hung_up: false, inbox, readers, log, last_id }
    }

    /// The client's manner of speaking.
    pub(crate) const fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// The last id that was counted.
    pub(crate) const fn last_id(&self) -> i64 {
        self.last_id
    }

    /// A request as this client's version has it; `id` is one of the case's choice, or the next number.
    pub(crate) fn request(&mut self, id: Option<Json>, method: &str, params: Option<&str>) -> Message {
        let id = id.unwrap_or_else(|| {
            self.last_id += 1;
            Json::Number(self.last_id.to_string())
        });
        let method = Json::String(method.to_owned());
        let params = member(self.dialect.params(params).as_deref());
        Message { text: format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":{method}{params}}}"), id: Some(id) }
    }

    /// A notification.
    pub(crate) fn notification(method: &str, params: Option<&str>) -> Message {
        let method = Json::String(method.to_owned());
        Message { text: format!("{{\"jsonrpc\":\"2.0\",\"method\":{method}{}}}", member(params)), id: None }
    }

    /// Sends a message; what it returns can be waited for.
    pub(crate) async fn send(&mut self, step: &str, message: Message, limit: Duration) -> Option<Sent> {
        let id = message.id.as_ref().map(ToString::to_string);
        self.asked.fetch_add(usize::from(id.is_some()), Ordering::Relaxed);
        let after = self.heard();
        self.write(step, (message.text + "\n").into(), id, limit).await;
        message.id.map(|id| Sent { step: step.to_owned(), id, after, may_be_unreadable: false })
    }

    /// Sends a line of the case's own making, to be answered under this id or, where it cannot be
    /// read, under none.
    pub(crate) async fn send_raw(
        &mut self,
        step: &str,
        bytes: Bytes,
        id: Option<Json>,
        limit: Duration,
    ) -> Option<Sent> {
        let after = self.heard();
        self.write(step, bytes, id.as_ref().map(ToString::to_string), limit).await;
        id.map(|id| Sent { step: step.to_owned(), id, after, may_be_unreadable: true })
    }

    /// Sends bytes as they are.
    pub(crate) async fn write(&mut self, step: &str, bytes: Bytes, id: Option<String>, limit: Duration) {
        self.log.push(Event::ClientSent { step: step.to_owned(), bytes: Text(bytes.clone()), id });
        let Some(stdin) = &mut self.stdin else { return };
        let written = timeout(limit, async {
            stdin.write_all(&bytes).await?;
            stdin.flush().await
        });
        // A guard that has gone cannot be written to; that it has gone is seen elsewhere.
        if written.await.is_err() {
            self.log.push(Event::ClientStuck { step: step.to_owned() });
            // Half a message is in there, and nothing can follow it.
            self.stdin = None;
        }
    }

    /// Closes the guard's stdin, once.
    pub(crate) fn close_stdin(&mut self) {
        self.stdin = None;
        if !std::mem::replace(&mut self.has_hung_up, true) {
            self.log.push(Event::StdinClosed);
        }
    }

    /// Reads no more of the guard's stdout, and closes it.
    pub(crate) async fn close_stdout(&mut self) {
        self.readers[0].abort();
        // Whether it was aborted or had ended: the pipe is closed when the reader is gone.
        let _gone = (&mut self.readers[0]).await;
        self.inbox.state().closed = true;
        self.log.push(Event::StdoutClosed);
    }

    /// How much the guard has answered so far.
    pub(crate) fn heard(&self) -> usize {
        self.inbox.state().answers.len()
    }

    /// Waits for the answer to a request, at most `limit` from `began`, and writes down when it gives up.
    pub(crate) async fn answer(&mut self, sent: &Sent, began: Instant, limit: Duration) -> Result<Json, Silence> {
        loop {
            // Asked for before looking, so that a change in between is not missed.
            let inbox = Arc::clone(&self.inbox);
            let changed = inbox.changed.notified();
            self.reply(&sent.step, (began + limit).saturating_duration_since(Instant::now())).await;
            let silence = {
                let state = inbox.state();
                if let Some(answer) = state.answer(sent) {
                    return Ok(Json::parse(answer).expect("only what could be read is kept"));
                }
                state.closed.then_some(Silence::NoMore)
            };
            let silence = match silence {
                Some(silence) => silence,
                None if timeout_at(began + limit, changed).await.is_ok() => continue,
                None => Silence::TimedOut,
            };
            let after_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.log.push(Event::GaveUp { step: sent.step.clone(), id: sent.id.to_string(), after_ms });
            return Err(silence);
        }
    }

    /// Answers what the guard asked.
    async fn reply(&mut self, step: &str, limit: Duration) {
        let until = Instant::now() + limit;
        let questions = std::mem::take(&mut self.inbox.state().questions);
        for question in questions {
            let limit = until.saturating_duration_since(Instant::now());
            if limit.is_zero() {
                return;
            }
            let Some(id) = question.get("id") else { continue };
            let body = self.dialect.answer(question.get("method").and_then(Json::as_str).unwrap_or_default());
            self.write(step, format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},{body}}}\n").into(), None, limit).await;
        }
    }

    /// Whether no further message can come.
    pub(crate) fn is_over(&self) -> bool {
        self.inbox.state().closed
    }

    /// Reads to the end of both streams, at most `limit`: something else may hold them open.
    pub(crate) async fn drain(&mut self, limit: Duration) {
        let until = Instant::now() + limit;
        for reader in &mut self.readers {
            if !reader.is_finished() && timeout_at(until, &mut *reader).await.is_err() {
                reader.abort();
            }
        }
    }
}

/// A member `params` with a comma before it, or nothing.
fn member(params: Option<&str>) -> String {
    params.map(|params| format!(",\"params\":{params}")).unwrap_or_default()
}
