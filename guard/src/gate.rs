//! The transport that rmcp sits behind. Only strict lines get in, each under a number of ours; answers
//! go out under the client's own id. A tool call's arguments and its answer pass beside rmcp, as bytes.
//! Never looks into a verdict.

mod ledger;

use std::collections::VecDeque;
use std::io;

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
use crate::batch::{BatchNumber, Outgoing};
use crate::era::{Agreed, Place};
use crate::frame::{self, Code, Line, Lines, MOST_IN_BATCH, Message, Notification, Refusal, Request};
use crate::json::Object;
use crate::room::{Held, Room};
use crate::{line, log};
use ledger::{Ledger, Open, Slip};

/// What passes beside rmcp: it reaches the handler through the request's extensions, which no client
/// can write to.
#[derive(Debug, Clone)]
pub struct Call {
    /// The arguments as they were written; `None` where there are none.
    pub arguments: Option<Object>,
    /// When it was read: its budget counts from here.
    pub arrived: Instant,
    slip: Slip,
}

impl Call {
    /// Gives the result that goes out in place of whatever rmcp is handed. The first one counts.
    pub fn answer(&self, answer: Held<Answer>) {
        let _ = self.slip.set(answer);
    }
}

/// The nobody-can-write error of a transport.
#[derive(Debug, thiserror::Error)]
#[error("stdout is closed")]
pub struct Closed;

/// Where lines wait to be written.
pub type Outbox = mpsc::Sender<Outgoing>;

/// Is told once how the input ended.
pub type End = oneshot::Sender<io::Result<()>>;

/// What the calls that wait for a verdict may hold, in bytes.
const CALLS: usize = 64 * 1024 * 1024;

/// What the smallest call counts as: it is more than its line. It bounds the number of calls.
const LEAST_CALL: usize = 16 * 1024;

/// A line that takes a noticeable time to read, in bytes.
const LONG_LINE: usize = 64 * 1024;

/// An answer that costs more to copy into one piece with what stands around it than to write by itself, in
/// bytes; a pipe of Linux takes no more at once anyway.
const LONG_ANSWER: usize = 64 * 1024;

/// Reads the client's lines, and queues ours.
#[derive(Debug)]
pub struct Gate<R> {
    lines: Lines<R>,
    outbox: Outbox,
    ended: Option<End>,
    agreed: Agreed,
    calls: Room,
    ledger: Ledger,
    /// What was let in and not taken yet; a line may hold more than one message.
    admitted: VecDeque<ClientJsonRpcMessage>,
    /// What is answered here, without rmcp.
    replies: VecDeque<Outgoing>,
    /// The line before was a long one.
    busy_long: bool,
}

impl<R: AsyncRead + Unpin> Gate<R> {
    /// A gate between `source` and `outbox`; `ended` is told when the source is at its end.
    pub fn new(source: R, outbox: Outbox, ended: End) -> Self {
        Self {
            lines: Lines::new(source),
            outbox,
            ended: Some(ended),
            agreed: Agreed::default(),
            calls: Room::new(CALLS),
            ledger: Ledger::default(),
            admitted: VecDeque::new(),
            replies: VecDeque::new(),
            busy_long: false,
        }
    }

    fn judge(&mut self, line: Line) {
        let read = match line {
            Line::Whole(line) if line.trim_ascii().is_empty() => return,
            Line::Whole(line) => frame::read(&line),
            Line::Overlong(told) => Err(frame::overlong(told)),
        };
        let judged = match read {
            Ok(Message::Batch(elements)) => self.judge_batch(&elements),
            read => read.and_then(|message| self.admit(message, None)),
        };
        self.replies.extend(judged.as_ref().err().and_then(refused).map(|reply| vec![reply.into()]));
    }

    /// Every message of a batch passes the same gate as a line of its own would.
    fn judge_batch(&mut self, elements: &[Bytes]) -> Result<(), Refusal> {
        let refuse = |text: &str| Err(Refusal::new(None, Code::InvalidRequest, text));
        if !self.agreed.takes_batches() {
            return refuse("batches belong to a session of 2025-03-26 alone; send one message a line");
        }
        if elements.is_empty() {
            return refuse("a batch must hold a message");
        }
        if elements.len() > MOST_IN_BATCH {
            return refuse(&format!("a batch of more than {MOST_IN_BATCH} messages; send fewer at once"));
        }
        let batch = self.ledger.batches.begin();
        for element in elements {
            let judged = frame::read(element).and_then(|message| self.admit(message, Some(batch)));
            if let Some(reply) = judged.as_ref().err().and_then(refused) {
                self.ledger.batches.add(batch, reply);
            }
        }
        self.replies.extend(self.ledger.batches.settle(batch, None));
        Ok(())
    }

    fn admit(&mut self, message: Message, batch: Option<BatchNumber>) -> Result<(), Refusal> {
        match message {
            Message::Request(request) => self.admit_request(&request, batch)?,
            Message::Notification(notification) => self.heed(&notification),
            // We ask the client nothing, so there is nothing to answer.
            Message::Response(_) => {}
            Message::Batch(_) => {
                return Err(Refusal::new(None, Code::InvalidRequest, "a batch holds messages, not batches"));
            }
        }
        Ok(())
    }

    fn admit_request(&mut self, request: &Request, batch: Option<BatchNumber>) -> Result<(), Refusal> {
        let refuse = |code, text: &str| Refusal::new(Some(request.id.clone()), code, text);
        if self.ledger.holds(&request.id) {
            return Err(refuse(Code::InvalidRequest, "the id is in use by a request that is not answered yet"));
        }
        let place = self.agreed.place(&request.method, request.meta()).map_err(|why| Refusal {
            data: why.data(),
            ..refuse(why.code(), &format!("`{}` was not served: {why}", printable(&request.method)))
        })?;
        if batch.is_some() && place != Place::Session {
            return Err(refuse(
                Code::InvalidRequest,
                "a batch holds only requests of its session; send this one alone",
            ));
        }
        // rmcp takes a method it knows, with params it does not, for a method of somebody else.
        let unfit = || refuse(Code::InvalidParams, &format!("the params do not fit `{}`", request.method));
        let mut message = serde_json::from_slice(&request.stub(self.ledger.next())).map_err(|_| unfit())?;
        let JsonRpcMessage::Request(inner) = &mut message else { return Err(unfit()) };
        let slip = Slip::default();
        let mut share = None;
        match &mut inner.request {
            ClientRequest::CustomRequest(_) => return Err(unfit()),
            list if request.has_params() && is_without_params(list) => return Err(unfit()),
            ClientRequest::InitializeRequest(opening) => {
                let version = self.agreed.open(opening.params.protocol_version.as_str());
                opening.extensions.insert(version);
            }
            ClientRequest::CallToolRequest(call) => {
                share = Some(self.calls.try_take(request.size().max(LEAST_CALL)).ok_or_else(|| {
                    let text = "too many calls are open; this one was not scanned, wait for answers and send it again";
                    refuse(Code::InternalError, text)
                })?);
                let (arguments, arrived) = (request.arguments().cloned(), Instant::now());
                call.extensions_mut().insert(Call { arguments, arrived, slip: Slip::clone(&slip) });
            }
            _ => {}
        }
        self.ledger.enter(Open { id: request.id.clone(), slip, share, batch });
        self.admitted.push_back(message);
        Ok(())
    }

    /// The one notification that says something to us is that of a cancelled request.
    fn heed(&mut self, notification: &Notification) {
        if !notification.method.starts_with("notifications/") {
            log::say(format_args!("ignored `{}`, which came without an id", printable(&notification.method)));
        }
        let Some((number, line)) = notification.cancels.as_ref().and_then(|id| self.ledger.cancel(id)) else { return };
        self.replies.extend(line);
        let cancelled = CancelledNotificationParam::new(Some(NumberOrString::Number(number)), None);
        let cancelled = CancelledNotification::new(cancelled);
        let cancelled = ClientNotification::CancelledNotification(cancelled);
        self.admitted.push_back(ClientJsonRpcMessage::notification(cancelled));
    }

    /// What a message of rmcp gives to write, under the id that the client gave; nothing where nobody
    /// waits, or where others of a batch are waited for. We ask and tell a client nothing unasked.
    fn outgoing(&mut self, message: ServerJsonRpcMessage) -> Option<Outgoing> {
        let (number, outcome) = match message {
            JsonRpcMessage::Response(response) => (response.id, Ok(response.result)),
            JsonRpcMessage::Error(error) => (error.id?, Err(error.error)),
            JsonRpcMessage::Request(_) | JsonRpcMessage::Notification(_) => return None,
        };
        let NumberOrString::Number(number) = number else { return None };
        let request = self.ledger.leave(number)?;
        let mut line = line::start(Some(&request.id));
        let line = match (outcome, request.slip.get()) {
            (Ok(ServerResult::CallToolResult(shell)), Some(answer)) => {
                line.extend_from_slice(b",\"result\":{");
                // What the protocol's version adds is rmcp's to say.
                let mut rest = Vec::with_capacity(256);
                line::put_member(&mut rest, "resultType", shell.result_type.as_ref());
                line::put_member(&mut rest, "_meta", shell.meta.as_ref());
                rest.push(b'}');
                let rest = line::end(rest);
                let members = answer.members();
                if request.batch.is_none() && members.len() > LONG_ANSWER {
                    return Some(vec![Bytes::from(line).into(), answer.map(|_| members.clone()), rest.into()]);
                }
                line.reserve_exact(members.len() + rest.len());
                line.extend_from_slice(members);
                line.extend_from_slice(&rest);
                answer.map(|_| line.into())
            }
            (Ok(result), _) => {
                line::put_member(&mut line, "result", Some(&result));
                line::end(line).into()
            }
            (Err(error), _) => {
                line::put_member(&mut line, "error", Some(&error));
                line::end(line).into()
            }
        };
        match request.batch {
            Some(batch) => self.ledger.batches.settle(batch, Some(line)),
            None => Some(vec![line]),
        }
    }

    fn end(&mut self, end: io::Result<()>) {
        if let Some(ended) = self.ended.take() {
            // Nobody listens where the session is over already.
            let _ = ended.send(end);
        }
    }
}

impl<R: AsyncRead + Unpin + Send> Transport<RoleServer> for Gate<R> {
    type Error = Closed;

    fn send(&mut self, message: ServerJsonRpcMessage) -> impl Future<Output = Result<(), Closed>> + Send + 'static {
        let line = self.outgoing(message);
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
            if let Some(message) = self.admitted.pop_front() {
                return Some(message);
            }
            // Whose time was up while a long line was read is heard before the next one.
            if std::mem::take(&mut self.busy_long) {
                tokio::task::yield_now().await;
            }
            // A client that does not read its answers gets no further questions in; it may still leave.
            // rmcp asks again whenever it has sent an answer.
            let room = tokio::select! {
                biased;
                room = outbox.reserve(), if !self.ledger.is_behind() => room.ok()?,
                end = self.lines.end(), if self.ended.is_some() => {
                    self.end(end);
                    continue;
                }
                else => std::future::pending().await,
            };
            if let Some(reply) = self.replies.pop_front() {
                room.send(reply);
                continue;
            }
            let line = match self.lines.next().await {
                Ok(Some(line)) => line,
                end => {
                    self.end(end.map(|_| ()));
                    return None;
                }
            };
            self.busy_long = matches!(&line, Line::Whole(line) if line.len() > LONG_LINE);
            self.judge(line);
        }
    }

    async fn close(&mut self) -> Result<(), Closed> {
        Ok(())
    }
}

/// A list that was asked for without params, in the eyes of rmcp: what it cannot read it leaves out.
const fn is_without_params(request: &ClientRequest) -> bool {
    match request {
        ClientRequest::ListToolsRequest(list) => list.params.is_none(),
        ClientRequest::ListResourcesRequest(list) => list.params.is_none(),
        ClientRequest::ListResourceTemplatesRequest(list) => list.params.is_none(),
        _ => false,
    }
}

/// The line that says why another one was refused, where anybody is to be told.
fn refused(why: &Refusal) -> Option<Bytes> {
    log::say(format_args!("refused a message: {}", why.text));
    (!why.silent).then(|| line::refusal(why))
}

/// A client's word, fit for a line of the log.
fn printable(word: &str) -> String {
    word.chars().take(64).flat_map(char::escape_default).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCAN: &str = r#""method":"tools/call","params":{"name":"interven_scan","arguments":{"body":1.10}}}"#;

    /// A gate with a session in this version.
    fn gate(version: &str) -> Gate<&'static [u8]> {
        let mut gate = Gate::new(&[][..], mpsc::channel(1).0, oneshot::channel().0);
        let params = format!(
            r#"{{"protocolVersion":"{version}","capabilities":{{}},"clientInfo":{{"name":"test","version":"0"}}}}"#
        );
        judge(&mut gate, &format!(r#"{{"jsonrpc":"2.0","id":"open","method":"initialize","params":{params}}}"#));
        let JsonRpcMessage::Request(opening) = gate.admitted.pop_front().unwrap() else { panic!("no request") };
        gate.ledger.leave(number(&opening.id)).unwrap();
        gate
    }

    fn number(id: &NumberOrString) -> i64 {
        let NumberOrString::Number(number) = id else { panic!("rmcp knows requests by our numbers") };
        *number
    }

    fn judge(gate: &mut Gate<&'static [u8]>, line: &str) {
        gate.judge(Line::Whole(Bytes::copy_from_slice(line.as_bytes())));
    }

    fn text(line: &Outgoing) -> String {
        line.iter().map(|piece| std::str::from_utf8(piece).unwrap()).collect()
    }

    #[test]
    fn a_long_answer_goes_out_uncopied_and_reads_the_same() {
        let lines = [LONG_ANSWER / 4, LONG_ANSWER].map(|length| {
            let mut gate = gate("2025-11-25");
            judge(&mut gate, &format!(r#"{{"jsonrpc":"2.0","id":1,{SCAN}"#));
            let Some(JsonRpcMessage::Request(request)) = gate.admitted.pop_front() else { panic!("no request") };
            let ClientRequest::CallToolRequest(scan) = &request.request else { panic!("no call") };
            let answer = Answer::scan_failed(&"x".repeat(length));
            scan.extensions().get::<Call>().unwrap().answer(answer.clone().into());
            let shell = ServerResult::CallToolResult(rmcp::model::CallToolResult::success(Vec::new()));
            let line = gate.outgoing(ServerJsonRpcMessage::response(shell, request.id)).unwrap();
            let members = std::str::from_utf8(answer.members()).unwrap();
            let whole = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{{members},"resultType":"complete"}}}}"#);
            assert_eq!(text(&line), whole + "\n");
            (line.len(), line.iter().any(|piece| piece.as_ptr() == answer.members().as_ptr()))
        });
        assert_eq!(lines, [(1, false), (3, true)]);
    }

    fn reply(gate: &mut Gate<&'static [u8]>) -> Option<String> {
        gate.replies.pop_front().map(|line| text(&line))
    }

    fn scan(id: &str) -> String {
        format!(r#"{{"jsonrpc":"2.0","id":{id},{SCAN}"#)
    }

    fn taken(gate: &mut Gate<&'static [u8]>) -> (NumberOrString, Call) {
        let JsonRpcMessage::Request(request) = gate.admitted.pop_front().unwrap() else { panic!("no request") };
        let ClientRequest::CallToolRequest(call) = request.request else { panic!("no tool call") };
        assert_eq!(call.params.arguments, Some(serde_json::Map::new()), "rmcp never sees the arguments");
        (request.id, call.extensions.get::<Call>().unwrap().clone())
    }

    fn admitted(gate: &mut Gate<&'static [u8]>, id: &str) -> (NumberOrString, Call) {
        judge(gate, &scan(id));
        taken(gate)
    }

    fn answered(gate: &mut Gate<&'static [u8]>, slot: NumberOrString) -> Option<String> {
        let result = ServerResult::CallToolResult(rmcp::model::CallToolResult::success(Vec::new()));
        gate.outgoing(ServerJsonRpcMessage::response(result, slot)).map(|line| text(&line))
    }

    #[test]
    fn arguments_and_answer_pass_beside_rmcp() {
        let mut gate = gate("2025-11-25");
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
        let mut gate = gate("2025-11-25");
        let (slot, _) = admitted(&mut gate, "7");
        let cancel =
            |id| format!(r#"{{"jsonrpc":"2.0","method":"notifications/cancelled","params":{{"requestId":{id}}}}}"#);
        judge(&mut gate, &cancel("\"7\""));
        assert!(gate.admitted.is_empty(), "another id");
        judge(&mut gate, &cancel("7"));
        let JsonRpcMessage::Notification(notification) = gate.admitted.pop_front().unwrap() else {
            panic!("no notification")
        };
        let ClientNotification::CancelledNotification(cancelled) = notification.notification else { panic!("other") };
        assert_eq!(cancelled.params.request_id, Some(slot.clone()), "rmcp knows the call by our number");
        assert_eq!(answered(&mut gate, slot), None);
        assert!(gate.ledger.is_empty());
    }

    #[test]
    fn an_id_in_use_is_refused_and_the_first_call_goes_on() {
        let mut gate = gate("2025-11-25");
        let (slot, _) = admitted(&mut gate, "7");
        judge(&mut gate, &scan("7"));
        assert!(reply(&mut gate).unwrap().starts_with(r#"{"jsonrpc":"2.0","id":7,"error":"#));
        assert!(gate.admitted.is_empty() && answered(&mut gate, slot).is_some());
    }

    #[test]
    fn calls_are_taken_to_a_bound_and_again_when_others_are_answered() {
        let mut gate = gate("2025-11-25");
        let slots: Vec<_> = (0..CALLS / LEAST_CALL).map(|id| admitted(&mut gate, &id.to_string()).0).collect();
        judge(&mut gate, &scan("\"more\""));
        assert!(reply(&mut gate).unwrap().starts_with(r#"{"jsonrpc":"2.0","id":"more","error":{"code":-32603"#));
        assert!(answered(&mut gate, slots[0].clone()).is_some());
        admitted(&mut gate, "\"more\"");
    }

    #[test]
    fn a_large_call_counts_as_what_it_holds_alone_or_in_a_batch() {
        let large = SCAN.replace("1.10", &format!("\"{}\"", "x".repeat(CALLS / 16 - 1000)));
        for (before, behind) in [("", ""), ("[", "]")] {
            let mut gate = gate("2025-03-26");
            for id in 0..17 {
                judge(&mut gate, &format!(r#"{before}{{"jsonrpc":"2.0","id":{id},{large}{behind}"#));
            }
            assert_eq!((gate.admitted.len(), gate.replies.len()), (16, 1));
        }
    }

    #[test]
    fn a_batch_is_answered_in_one_line_and_each_of_it_once() {
        let mut gate = gate("2025-03-26");
        let cancel = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3}}"#;
        let twice = r#"{"jsonrpc":"2.0","id":5,"method":"x","params":{"a":1,"a":2}}"#;
        judge(&mut gate, &format!("[{},{},{},{cancel},{},7]", scan("1"), scan("2"), scan("3"), scan("1")));
        assert_eq!(reply(&mut gate), None, "two are open");
        let (one, two, three) = (taken(&mut gate).0, taken(&mut gate).0, taken(&mut gate).0);
        assert_eq!(answered(&mut gate, two), None, "one is open");
        assert_eq!(answered(&mut gate, three), None, "it was cancelled");
        let line = answered(&mut gate, one).unwrap();
        assert_eq!((line.matches('\n').count(), line.ends_with("]\n")), (1, true), "{line}");
        let answers: Vec<serde_json::Value> = serde_json::from_str(&line).unwrap();
        let told =
            |answer: &serde_json::Value| (answer.get("id").map(ToString::to_string), answer.get("error").is_some());
        let told: Vec<_> = answers.iter().map(told).collect();
        let id = |id: &str| Some(id.to_owned());
        assert_eq!(told, [(id("1"), true), (None, true), (id("2"), false), (id("1"), false)]);
        assert!(gate.ledger.is_empty());

        judge(&mut gate, &format!("[{},{twice}]", scan("1")));
        assert!(
            reply(&mut gate).unwrap().starts_with(r#"{"jsonrpc":"2.0","error":{"code":-32600,"#),
            "not one line of JSON"
        );
        assert!(gate.ledger.is_empty());
    }

    #[test]
    fn a_batch_is_bounded() {
        let mut gate = gate("2025-03-26");
        let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
        judge(&mut gate, &format!("[{}]", [ping; MOST_IN_BATCH + 1].join(",")));
        assert!(gate.admitted.is_empty() && reply(&mut gate).unwrap().contains("-32600"));
        judge(&mut gate, &format!("[{}]", [ping; MOST_IN_BATCH].join(",")));
        assert_eq!(gate.admitted.len(), 1, "the others have an id that is in use");
    }

    #[tokio::test]
    async fn an_end_is_noticed_behind_answers_that_nobody_reads() {
        let (outbox, _unread) = mpsc::channel(1);
        outbox.try_send(Outgoing::new()).unwrap();
        let (ended, end) = oneshot::channel();
        let mut gate = Gate::new(&b"x\nx\n"[..], outbox, ended);
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
        let mut gate = Gate::new(input.as_bytes(), outbox, oneshot::channel().0);
        let mut read = 0;
        tokio::select! {
            () = tokio::time::sleep(std::time::Duration::from_millis(1)) => {}
            () = async { while gate.receive().await.is_some() { read += 1; } } => {}
        }
        assert!((1..100).contains(&read), "{read}: the time was up long before the last line");
    }
}
