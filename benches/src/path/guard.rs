//! The paths of the guard: from the line of a client to the question, and from the gateway's answer to
//! the line that the client reads.

use bytes::{Buf as _, Bytes};
use mcp_guard::answer::Answer;
use mcp_guard::frame::{self, Message, Request};
use mcp_guard::gate::{Call, Gate};
use mcp_guard::scan::Scan;
use mcp_guard::verdict::Verdict;
use rmcp::model::{
    CallToolResult, ClientRequest, GetExtensions as _, JsonRpcMessage, ServerJsonRpcMessage, ServerResult,
};
use rmcp::transport::Transport as _;
use tokio::sync::{mpsc, oneshot};

/// A call of `interven_scan` as a client of 2026-07-28 writes it, which needs no handshake.
fn line(body: &str) -> Bytes {
    Bytes::from(format!(
        r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"_meta":{{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{{}}}},"name":"interven_scan","arguments":{{"tool_name":"slack","method":"POST","url":"https://slack.com/api/chat.postMessage","body":{body}}}}}}}"#
    ))
}

/// A gateway's answer that has as much to say as was asked.
fn gateway_answer(body: &str) -> Bytes {
    Bytes::from(format!(
        r#"{{"decision":"SANITIZE","risk_score":0.4,"risk_band":"MEDIUM","reason_codes":["PII"],"trace_id":"8f14e45f-ceea-467f-a9d1-000000000001","sanitized_body":{body}}}"#
    ))
}

fn read(line: &Bytes) -> Request {
    match frame::read(line) {
        Ok(Message::Request(request)) => request,
        other => panic!("the line is a request: {other:?}"),
    }
}

fn asked(request: &Request) -> usize {
    ask(request.arguments().expect("the call has arguments"))
}

fn ask(arguments: &mcp_guard::json::Object) -> usize {
    let scan = Scan::read(arguments).expect("the arguments are complete");
    scan.encode(None).pieces().remaining()
}

pub(super) fn frame(body: &str) -> impl FnMut() -> usize + use<> {
    let line = line(body);
    move || read(&line).size()
}

pub(super) fn encode(body: &str) -> impl FnMut() -> usize + use<> {
    let request = read(&line(body));
    move || asked(&request)
}

pub(super) fn verdict(body: &str) -> impl FnMut() -> usize + use<> {
    let answer = gateway_answer(body);
    move || Verdict::read(&answer).expect("the answer is a verdict").text().len()
}

pub(super) fn answer(body: &str) -> impl FnMut() -> usize + use<> {
    let verdict = Verdict::read(&gateway_answer(body)).expect("the answer is a verdict");
    move || Answer::verdict(&verdict, None).members().len()
}

/// The parts in a row, with the gate on both sides.
pub(super) fn scan(body: &str) -> impl FnMut() -> usize + use<> {
    let mut written = line(body).to_vec();
    written.push(b'\n');
    let gateway_answer = gateway_answer(body);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime needs nothing of the system");
    move || {
        runtime.block_on(async {
            let (outbox, mut queue) = mpsc::channel(1);
            let mut gate = Gate::new(&written[..], outbox, oneshot::channel().0);
            let message = gate.receive().await.expect("the line is let in");
            let JsonRpcMessage::Request(request) = message else { panic!("the line is a request") };
            let ClientRequest::CallToolRequest(call) = &request.request else { panic!("the request is a call") };
            let call = call.extensions().get::<Call>().expect("the gate hands a call its own bytes");
            let asked = ask(call.arguments.as_ref().expect("the call has arguments"));
            assert!(asked > 0, "the gateway is asked");
            let verdict = Verdict::read(&gateway_answer).expect("the answer is a verdict");
            call.answer(Answer::verdict(&verdict, None).into());
            let shell = ServerResult::CallToolResult(CallToolResult::success(Vec::new()));
            gate.send(ServerJsonRpcMessage::response(shell, request.id)).await.expect("somebody reads");
            let line = queue.recv().await.expect("the call is answered");
            line.iter().map(|piece| piece.len()).sum()
        })
    }
}
