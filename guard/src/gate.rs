//! The transport that rmcp sits behind. Only strict lines get in, each under a number of ours; answers
//! go out under the client's own id. A tool call's arguments and its answer pass beside rmcp, as bytes.
//! Never looks into a verdict.

mod line;

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use rmcp::model::{
    CancelledNotification, CancelledNotificationParam, ClientJsonRpcMessage, ClientNotification, ClientRequest,
    GetExtensions, JsonRpcMessage, NumberOrString, ServerJsonRpcMessage, ServerResult,
};
use rmcp::service::RoleServer;
use rmcp::transport::Transport;
use tokio::io::AsyncRead;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::answer::Answer;
use crate::frame::{self, Code, Id, Line, Lines, Message, Notification, Refusal, Request};
use crate::json::Object;
use crate::log;
use crate::room::{Held, Room, Share};

/// What passes beside rmcp: it reaches the handler through the request's extensions, which no client
/// can write to.
#[derive(Debug, Clone)]
pub struct Call {
    /// The arguments as they were written; `None` where there are none.
    pub arguments: Option<Object>,
    /// When it was read: its budget counts from here.
    pub arrived: Instant,
    answer: Arc<OnceLock<Held<Answer>>>,
}

impl Call {
    /// Gives the result that goes out in place of whatever rmcp is handed. The first one counts.
    pub fn answer(&self, answer: Held<Answer>) {
        let _ = self.answer.set(answer);
    }
}

/// The nobody-can-write error of a transport.
#[derive(Debug, thiserror::Error)]
#[error("stdout is closed")]
pub struct Closed;

/// Where lines wait to be written.
pub type Outbox = mpsc::Sender<Held<Bytes>>;

/// Is told once how the input ended.
pub type End = oneshot::Sender<io::Result<()>>;

/// What the calls that wait for a verdict may hold, in bytes.
const CALLS: usize = 64 * 1024 * 1024;

/// What the smallest call counts as: it is more than its line. It bounds the number of calls.
const LEAST_CALL: usize = 16 * 1024;

/// A line that takes a noticeable time to read, in bytes.
const LONG_LINE: usize = 64 * 1024;

/// Reads the client's lines, and queues ours.
#[derive(Debug)]
pub struct Gate<R> {
    lines: Lines<R>,
    outbox: Outbox,
    opened: Arc<AtomicBool>,
    ended: Option<End>,
    calls: Room,
    slots: HashMap<i64, InFlight>,
    ids: HashMap<Id, i64>,
    last_slot: i64,
    /// The line before was a long one.
    busy_long: bool,
}

#[derive(Debug)]
struct InFlight {
    id: Id,
    answer: Arc<OnceLock<Held<Answer>>>,
    /// What a tool call holds until it is answered or cancelled.
    _share: Option<Share>,
}

/// What becomes of a line.
enum Fate {
    Forward(Box<ClientJsonRpcMessage>),
    Reply(Bytes),
    Drop,
}

impl<R: AsyncRead + Unpin> Gate<R> {
    /// A gate between `source` and `outbox`. Before `opened` is set only requests pass, since rmcp
    /// takes anything else for the end of the session; `ended` is told when the source is at its end.
    pub fn new(source: R, outbox: Outbox, opened: Arc<AtomicBool>, ended: End) -> Self {
        let (lines, calls) = (Lines::new(source), Room::new(CALLS));
        let (slots, ids) = (HashMap::new(), HashMap::new());
        Self { lines, outbox, opened, ended: Some(ended), calls, slots, ids, last_slot: 0, busy_long: false }
    }

    fn judge(&mut self, line: Line) -> Fate {
        let read = match line {
            Line::Whole(line) if line.trim_ascii().is_empty() => return Fate::Drop,
            Line::Whole(line) => frame::read(&line),
            Line::Overlong(told) => Err(frame::overlong(told)),
        };
        match read.and_then(|message| self.admit(message)) {
            Ok(Some(message)) => Fate::Forward(Box::new(message)),
            Ok(None) => Fate::Drop,
            Err(refusal) => {
                log::say(format_args!("refused a line: {}", refusal.text));
                if refusal.silent { Fate::Drop } else { Fate::Reply(line::refusal(&refusal)) }
            }
        }
    }

    fn admit(&mut self, message: Message) -> Result<Option<ClientJsonRpcMessage>, Refusal> {
        match message {
            Message::Request(request) => self.admit_request(&request).map(Some),
            Message::Notification(notification) => Ok(self.admit_notification(&notification)),
            // We ask the client nothing, so there is nothing to answer.
            Message::Response => Ok(None),
        }
    }

    fn admit_request(&mut self, request: &Request) -> Result<ClientJsonRpcMessage, Refusal> {
        let refuse = |code, text| Refusal { id: Some(request.id.clone()), code, text, silent: false };
        if self.ids.contains_key(&request.id) {
            return Err(refuse(
                Code::InvalidRequest,
                "the id is in use by a request that is not answered yet".to_owned(),
            ));
        }
        let unfit = || refuse(Code::InvalidParams, format!("the params do not fit `{}`", request.method));
        let slot = self.last_slot + 1;
        let mut message: ClientJsonRpcMessage = serde_json::from_slice(&request.stub(slot)).map_err(|_| unfit())?;
        let JsonRpcMessage::Request(inner) = &mut message else { return Err(unfit()) };
        let answer = Arc::new(OnceLock::new());
        let mut share = None;
        match &mut inner.request {
            // rmcp takes a method it knows, with params it does not, for an unknown method.
            ClientRequest::CustomRequest(custom) if is_known(&custom.method) => return Err(unfit()),
            ClientRequest::CallToolRequest(call) => {
                share = Some(self.calls.try_take(request.size().max(LEAST_CALL)).ok_or_else(|| {
                    let text = "too many calls are open; this one was not scanned, wait for answers and send it again";
                    refuse(Code::InternalError, text.to_owned())
                })?);
                let (arguments, arrived) = (request.arguments().cloned(), Instant::now());
                call.extensions_mut().insert(Call { arguments, arrived, answer: Arc::clone(&answer) });
            }
            _ => {}
        }
        self.last_slot = slot;
        self.ids.insert(request.id.clone(), slot);
        self.slots.insert(slot, InFlight { id: request.id.clone(), answer, _share: share });
        Ok(message)
    }

    fn admit_notification(&mut self, notification: &Notification) -> Option<ClientJsonRpcMessage> {
        if !notification.method.starts_with("notifications/") {
            log::say(format_args!("ignored `{}`, which came without an id", printable(&notification.method)));
            return None;
        }
        if !self.opened.load(Ordering::Relaxed) {
            return None;
        }
        if notification.method != "notifications/cancelled" {
            return serde_json::from_slice(&notification.line).ok();
        }
        let slot = self.ids.remove(notification.cancels.as_ref()?)?;
        self.slots.remove(&slot);
        let cancelled = CancelledNotificationParam::new(Some(NumberOrString::Number(slot)), None);
        let cancelled = CancelledNotification::new(cancelled);
        Some(ClientJsonRpcMessage::notification(ClientNotification::CancelledNotification(cancelled)))
    }

    /// A message of rmcp as a line, under the id that the client gave; `None` where nobody waits.
    fn line(&mut self, message: ServerJsonRpcMessage) -> Option<Held<Bytes>> {
        match message {
            JsonRpcMessage::Response(response) => {
                let in_flight = self.release(&response.id)?;
                let mut line = line::start(Some(&in_flight.id));
                line.extend_from_slice(b",\"result\":");
                match (response.result, in_flight.answer.get()) {
                    (ServerResult::CallToolResult(shell), Some(answer)) => Some(answer.map(|answer| {
                        line.push(b'{');
                        line.extend_from_slice(answer.members());
                        // What the protocol's version adds is rmcp's to say.
                        line::put_member(&mut line, "resultType", shell.result_type.as_ref());
                        line::put_member(&mut line, "_meta", shell.meta.as_ref());
                        line.push(b'}');
                        line::end(line)
                    })),
                    (result, _) => {
                        line::put(&mut line, &result);
                        Some(line::end(line).into())
                    }
                }
            }
            JsonRpcMessage::Error(error) => {
                let in_flight = self.release(error.id.as_ref()?)?;
                let mut line = line::start(Some(&in_flight.id));
                line.extend_from_slice(b",\"error\":");
                line::put(&mut line, &error.error);
                Some(line::end(line).into())
            }
            other => {
                let mut line = Vec::new();
                line::put(&mut line, &other);
                line.push(b'\n');
                Some(Bytes::from(line).into())
            }
        }
    }

    fn end(&mut self, end: io::Result<()>) {
        if let Some(ended) = self.ended.take() {
            // Nobody listens where the session is over already.
            let _ = ended.send(end);
        }
    }

    fn release(&mut self, slot: &NumberOrString) -> Option<InFlight> {
        let NumberOrString::Number(slot) = slot else { return None };
        let in_flight = self.slots.remove(slot)?;
        self.ids.remove(&in_flight.id);
        Some(in_flight)
    }
}

impl<R: AsyncRead + Unpin + Send> Transport<RoleServer> for Gate<R> {
    type Error = Closed;

    fn send(&mut self, message: ServerJsonRpcMessage) -> impl Future<Output = Result<(), Closed>> + Send + 'static {
        let line = self.line(message);
        let outbox = self.outbox.clone();
        async move {
            match line {
                Some(line) => outbox.send(line).await.map_err(|_| Closed),
                None => Ok(()),
            }
        }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        let outbox = self.outbox.clone();
        loop {
            // Whose time was up while a long line was read is heard before the next one.
            if std::mem::take(&mut self.busy_long) {
                tokio::task::yield_now().await;
            }
            // A client that does not read its answers gets no further questions in; it may still leave.
            let room = tokio::select! {
                biased;
                room = outbox.reserve() => room.ok()?,
                end = self.lines.end(), if self.ended.is_some() => {
                    self.end(end);
                    continue;
                }
            };
            let line = match self.lines.next().await {
                Ok(Some(line)) => line,
                end => {
                    self.end(end.map(|_| ()));
                    return None;
                }
            };
            self.busy_long = matches!(&line, Line::Whole(line) if line.len() > LONG_LINE);
            match self.judge(line) {
                Fate::Forward(message) => return Some(*message),
                Fate::Reply(line) => room.send(line.into()),
                Fate::Drop => {}
            }
        }
    }

    async fn close(&mut self) -> Result<(), Closed> {
        Ok(())
    }
}

/// The requests that rmcp has a type for.
fn is_known(method: &str) -> bool {
    const KNOWN: [&str; 14] = [
        "initialize",
        "server/discover",
        "ping",
        "tools/list",
        "tools/call",
        "resources/list",
        "resources/read",
        "resources/templates/list",
        "resources/subscribe",
        "resources/unsubscribe",
        "prompts/list",
        "prompts/get",
        "completion/complete",
        "logging/setLevel",
    ];
    KNOWN.contains(&method)
}

/// A client's word, fit for a line of the log.
fn printable(word: &str) -> String {
    word.chars().take(64).flat_map(char::escape_default).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCAN: &str = r#""method":"tools/call","params":{"name":"interven_scan","arguments":{"body":1.10}}}"#;

    fn gate() -> Gate<&'static [u8]> {
        let opened = Arc::new(AtomicBool::new(true));
        Gate::new(&[], mpsc::channel(1).0, opened, oneshot::channel().0)
    }

    fn judge(gate: &mut Gate<&'static [u8]>, line: &str) -> Fate {
        gate.judge(Line::Whole(Bytes::copy_from_slice(line.as_bytes())))
    }

    fn admitted(gate: &mut Gate<&'static [u8]>, id: &str) -> (NumberOrString, Call) {
        let Fate::Forward(message) = judge(gate, &format!(r#"{{"jsonrpc":"2.0","id":{id},{SCAN}"#)) else {
            panic!("not forwarded")
        };
        let JsonRpcMessage::Request(request) = *message else { panic!("no request") };
        let ClientRequest::CallToolRequest(call) = request.request else { panic!("no tool call") };
        assert_eq!(call.params.arguments, Some(serde_json::Map::new()), "rmcp never sees the arguments");
        (request.id, call.extensions.get::<Call>().unwrap().clone())
    }

    fn answered(gate: &mut Gate<&'static [u8]>, slot: NumberOrString) -> Option<String> {
        let result = ServerResult::CallToolResult(rmcp::model::CallToolResult::success(Vec::new()));
        let line = gate.line(ServerJsonRpcMessage::response(result, slot))?;
        Some(String::from_utf8(line.to_vec()).unwrap())
    }

    #[test]
    fn arguments_and_answer_pass_beside_rmcp() {
        let mut gate = gate();
        let (slot, call) = admitted(&mut gate, "\"a\"");
        assert_eq!(call.arguments.as_ref().unwrap().as_str(), r#"{"body":1.10}"#);
        call.answer(Answer::scan_failed(&"x").into());
        let members = String::from_utf8(Answer::scan_failed(&"x").members().to_vec()).unwrap();
        let line = format!(r#"{{"jsonrpc":"2.0","id":"a","result":{{{members},"resultType":"complete"}}}}"#) + "\n";
        assert_eq!(answered(&mut gate, slot.clone()), Some(line));
        assert_eq!(answered(&mut gate, slot), None, "one answer for each id");
    }

    #[test]
    fn a_cancelled_call_leaves_nothing_behind() {
        let mut gate = gate();
        let (slot, _) = admitted(&mut gate, "7");
        let cancel =
            |id| format!(r#"{{"jsonrpc":"2.0","method":"notifications/cancelled","params":{{"requestId":{id}}}}}"#);
        assert!(matches!(judge(&mut gate, &cancel("\"7\"")), Fate::Drop), "another id");
        let Fate::Forward(message) = judge(&mut gate, &cancel("7")) else { panic!("not forwarded") };
        let JsonRpcMessage::Notification(notification) = *message else { panic!("no notification") };
        let ClientNotification::CancelledNotification(cancelled) = notification.notification else { panic!("other") };
        assert_eq!(cancelled.params.request_id, Some(slot.clone()), "rmcp knows the call by our number");
        assert_eq!(answered(&mut gate, slot), None);
        assert!(gate.slots.is_empty() && gate.ids.is_empty());
    }

    #[test]
    fn an_id_in_use_is_refused_and_the_first_call_goes_on() {
        let mut gate = gate();
        let (slot, _) = admitted(&mut gate, "7");
        let second = judge(&mut gate, &format!(r#"{{"jsonrpc":"2.0","id":7,{SCAN}"#));
        assert!(matches!(second, Fate::Reply(line) if line.starts_with(br#"{"jsonrpc":"2.0","id":7,"error":"#)));
        assert!(answered(&mut gate, slot).is_some());
    }

    #[test]
    fn calls_are_taken_to_a_bound_and_again_when_others_are_answered() {
        let mut gate = gate();
        let slots: Vec<_> = (0..CALLS / LEAST_CALL).map(|id| admitted(&mut gate, &id.to_string()).0).collect();
        let refused = judge(&mut gate, &format!(r#"{{"jsonrpc":"2.0","id":"more",{SCAN}"#));
        assert!(
            matches!(refused, Fate::Reply(line) if line.starts_with(br#"{"jsonrpc":"2.0","id":"more","error":{"code":-32603"#))
        );
        assert!(answered(&mut gate, slots[0].clone()).is_some());
        admitted(&mut gate, "\"more\"");
    }

    #[test]
    fn a_large_call_counts_as_what_it_holds() {
        let mut gate = gate();
        let large = SCAN.replace("1.10", &format!("\"{}\"", "x".repeat(CALLS / 16 - 1000)));
        let mut judge = |id: usize| judge(&mut gate, &format!(r#"{{"jsonrpc":"2.0","id":{id},{large}"#));
        assert!((0..16).all(|id| matches!(judge(id), Fate::Forward(_))));
        assert!(matches!(judge(16), Fate::Reply(_)));
    }

    #[tokio::test]
    async fn an_end_is_noticed_behind_answers_that_nobody_reads() {
        let (outbox, _unread) = mpsc::channel(1);
        outbox.try_send(Bytes::new().into()).unwrap();
        let (ended, end) = oneshot::channel();
        let mut gate = Gate::new(&b"x\nx\n"[..], outbox, Arc::new(AtomicBool::new(true)), ended);
        tokio::select! {
            _ = gate.receive() => panic!("there is no room for an answer"),
            end = end => assert!(end.unwrap().is_ok()),
        }
    }

    #[tokio::test]
    async fn clocks_go_on_while_long_lines_come() {
        let line = |id| {
            format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping","params":{{"x":[{}1]}}}}"#, "1,".repeat(LONG_LINE))
                + "\n"
        };
        let input: String = (0..100).map(line).collect();
        let (outbox, _unread) = mpsc::channel(1);
        let mut gate = Gate::new(input.as_bytes(), outbox, Arc::new(AtomicBool::new(true)), oneshot::channel().0);
        let mut read = 0;
        tokio::select! {
            () = tokio::time::sleep(std::time::Duration::from_millis(1)) => {}
            () = async { while gate.receive().await.is_some() { read += 1; } } => {}
        }
        assert!((1..100).contains(&read), "{read}: the time was up long before the last line");
    }
}
