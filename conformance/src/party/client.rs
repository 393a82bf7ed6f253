//! The MCP client: writes requests to the guard's stdin, reads its stdout and stderr, and waits for
//! answers with limits on time and memory. It reads of a message only what it needs to wait for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use mock_gateway::json::Json;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use super::dialect::Dialect;
use crate::log::Log;
use crate::recording::{Event, Stream, Text};
use crate::version::Version;

/// How much of a guard's stdout is kept in one play, in bytes; more ends the play.
const STDOUT_LIMIT: usize = 8 << 20;

/// What a line costs beside its bytes, in bytes: a million empty lines are no small matter.
const LINE_COST: usize = 256;

/// How much of a guard's stderr is kept in one play, in bytes; more is read and thrown away.
const STDERR_LIMIT: usize = 1 << 20;

/// How many questions of a guard are answered in one play; one that asks for ever gets no more.
const QUESTIONS: usize = 200;

/// How much is read at a time, in bytes.
const CHUNK: usize = 64 << 10;

/// The client's side of a running guard.
#[derive(Debug)]
pub(crate) struct Client {
    dialect: Dialect,
    stdin: Option<ChildStdin>,
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
    /// Where answers without an id may count too, because the request's may not have been readable:
    /// how many had come before.
    pub(crate) unreadable_after: Option<usize>,
}

impl Sent {
    /// Whether `answer`, the `index`th that came, is the one that is waited for.
    fn is_met_by(&self, answer: &Json, index: usize) -> bool {
        match answer.get("id") {
            None | Some(Json::Null) => self.unreadable_after.is_some_and(|before| index >= before),
            id => id == Some(&self.id),
        }
    }
}

/// Why no answer is to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Silence {
    /// The time is over.
    TimedOut,
    /// Stdout has ended, or flooded.
    NoMore,
}

#[derive(Debug, Default)]
struct Inbox {
    state: Mutex<InboxState>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct InboxState {
    answers: Vec<Json>,
    /// What the guard asked its client and was not answered yet.
    questions: Vec<Json>,
    /// How many questions were taken.
    asked: usize,
    closed: bool,
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
        let readers = [
            tokio::spawn(read_stdout(stdout, dialect.version, Arc::clone(&inbox), log.clone())),
            tokio::spawn(read_stderr(stderr, log.clone())),
        ];
        Self { dialect, stdin: Some(stdin), inbox, readers, log, last_id }
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
        self.write(step, (message.text + "\n").into(), id, limit).await;
        message.id.map(|id| Sent { step: step.to_owned(), id, unreadable_after: None })
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
        let before = self.inbox.state().answers.len();
        self.write(step, bytes, id.as_ref().map(ToString::to_string), limit).await;
        id.map(|id| Sent { step: step.to_owned(), id, unreadable_after: Some(before) })
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
            self.stdin = None;
        }
    }

    /// Closes the guard's stdin, once.
    pub(crate) fn close_stdin(&mut self) {
        if self.stdin.take().is_some() {
            self.log.push(Event::StdinClosed);
        }
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
                if let Some((_, answer)) =
                    state.answers.iter().enumerate().find(|(at, answer)| sent.is_met_by(answer, *at))
                {
                    return Ok(answer.clone());
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
            if timeout_at(until, &mut *reader).await.is_err() {
                reader.abort();
            }
        }
    }
}

impl Inbox {
    fn state(&self) -> MutexGuard<'_, InboxState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sorts what came on one line, one message, or several where the version has batches; how many it were.
    fn take(&self, line: &[u8], version: Version) -> usize {
        let messages = match Json::parse(line) {
            Ok(Json::Array(messages)) if version.has_batches() => messages,
            Ok(message) => vec![message],
            Err(_) => return 0,
        };
        let count = messages.len();
        let mut state = self.state();
        for message in messages {
            if message.get("result").is_some() || message.get("error").is_some() {
                state.answers.push(message);
            } else if message.get("id").is_some() && state.asked < QUESTIONS {
                state.asked += 1;
                state.questions.push(message);
            }
        }
        drop(state);
        self.changed.notify_waiters();
        count
    }
}

/// A member `params` with a comma before it, or nothing.
fn member(params: Option<&str>) -> String {
    params.map(|params| format!(",\"params\":{params}")).unwrap_or_default()
}

async fn read_stdout(mut stdout: ChildStdout, version: Version, inbox: Arc<Inbox>, log: Log) {
    let mut lines = Lines::default();
    let mut kept = 0;
    let mut chunk = vec![0; CHUNK];
    while let Some(bytes) = read(&mut stdout, &mut chunk).await {
        kept += bytes.len();
        for line in lines.push(bytes) {
            log.push(Event::ClientReceived { line: Text(line.clone()) });
            kept += LINE_COST * inbox.take(&line, version).max(1);
        }
        if kept > STDOUT_LIMIT {
            log.push(Event::Flooded { stream: Stream::Stdout, kept: kept as u64 });
            break;
        }
    }
    log.push(Event::StdoutEnded { rest: Text(lines.rest()) });
    inbox.state().closed = true;
    inbox.changed.notify_waiters();
}

async fn read_stderr(mut stderr: ChildStderr, log: Log) {
    let mut kept = 0;
    let mut chunk = vec![0; CHUNK];
    while let Some(bytes) = read(&mut stderr, &mut chunk).await {
        if kept > STDERR_LIMIT {
            continue;
        }
        kept += bytes.len();
        log.push(Event::Stderr { chunk: Text(Bytes::copy_from_slice(bytes)) });
        if kept > STDERR_LIMIT {
            log.push(Event::Flooded { stream: Stream::Stderr, kept: kept as u64 });
        }
    }
}

async fn read<'a>(stream: &mut (impl AsyncRead + Unpin), chunk: &'a mut [u8]) -> Option<&'a [u8]> {
    match stream.read(chunk).await {
        Ok(0) | Err(_) => None,
        Ok(count) => Some(&chunk[..count]),
    }
}

/// Cuts a stream of bytes into lines.
#[derive(Debug, Default)]
struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// The lines that these bytes complete, without their line feeds.
    fn push(&mut self, bytes: &[u8]) -> Vec<Bytes> {
        let mut lines = Vec::new();
        let mut parts = bytes.split(|byte| *byte == b'\n');
        let mut part = parts.next();
        for next in parts {
            self.rest.extend_from_slice(part.unwrap_or_default());
            lines.push(Bytes::from(std::mem::take(&mut self.rest)));
            part = Some(next);
        }
        self.rest.extend_from_slice(part.unwrap_or_default());
        lines
    }

    fn rest(self) -> Bytes {
        Bytes::from(self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_wherever_the_chunks_are() {
        let mut lines = Lines::default();
        assert!(lines.push(b"on").is_empty());
        assert_eq!(lines.push(b"e\ntwo\n\nthr"), [&b"one"[..], b"two", b""]);
        assert_eq!(lines.push(b"ee\r\n"), [&b"three\r"[..]]);
        assert!(lines.rest().is_empty());
    }
}
