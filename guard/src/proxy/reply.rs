//! What the proxy itself says to the client: whole lines, each with its line feed, in the form that the
//! version of the protocol asks for. Never what is decided.

use bytes::Bytes;
use serde_json::json;

use super::intercept::{KEY, Reading};
use crate::frame::{Code, Id, Refusal};
use crate::line;
use crate::verdict::Approval;

/// A call that did not run, answered where its client looks for the answer.
pub(super) fn not_run(id: &Id, reading: Reading, text: &str) -> Bytes {
    if reading == Reading::Task {
        // A result would have to be a task (MCP 2025-11-25, basic/utilities/tasks), and there is none.
        return error(id, Code::InvalidRequest, text);
    }
    let mut result = json!({ "content": [{ "type": "text", "text": text }], "isError": true });
    if reading == Reading::Stateless {
        complete(&mut result, "complete");
    }
    answer(id, &result)
}

/// A call that does not run until its client has shown a URL, and asked again (MCP 2026-07-28,
/// basic/patterns/mrtr). The server's own state goes through it unread.
pub(super) fn ask_to_show(id: &Id, approval: &Approval, text: &str, state: Option<&Bytes>) -> Bytes {
    let params = json!({ "mode": "url", "message": text, "url": approval.url });
    let mut result = json!({ "inputRequests": { KEY: { "method": "elicitation/create", "params": params } } });
    complete(&mut result, "input_required");
    let state = state.and_then(|state| serde_json::from_slice::<String>(state).ok());
    if let Some(state) = state {
        result["requestState"] = state.into();
    }
    answer(id, &result)
}

/// Every result of 2026-07-28 says of what kind it is, and who gives it (basic, "Per-response protocol
/// fields").
fn complete(result: &mut serde_json::Value, kind: &str) {
    result["resultType"] = kind.into();
    let ourselves = json!({ "name": "mcp-guard", "version": env!("CARGO_PKG_VERSION") });
    result["_meta"] = json!({ "io.modelcontextprotocol/serverInfo": ourselves });
}

/// A request whose answer cannot come any more.
pub(super) fn gone(id: &Id, reading: Reading) -> Bytes {
    // 2026-07-28 leaves the codes of the SDKs' own to nobody.
    let code = if reading == Reading::Stateless { Code::InternalError } else { Code::ConnectionClosed };
    error(id, code, "the server behind the guard has ended without an answer; start it again")
}

/// An error in place of a result.
pub(super) fn error(id: &Id, code: Code, text: &str) -> Bytes {
    line::refusal(&Refusal::new(Some(id.clone()), code, text))
}

/// The question whether a user would look at an approval (MCP 2025-11-25, client/elicitation).
pub(super) fn show(question: &Id, approval: &Approval, text: &str) -> Bytes {
    let params = json!({ "mode": "url", "elicitationId": approval.id, "url": approval.url, "message": text });
    let mut line = line::start(Some(question));
    line.extend_from_slice(br#","method":"elicitation/create","params":"#);
    line::put(&mut line, &params);
    line::end(line)
}

/// What the page was for is done; where the user did not answer, the question is taken back.
pub(super) fn shown(question: &Id, approval: &Approval, answered: bool) -> Bytes {
    if answered {
        notification("notifications/elicitation/complete", &json!({ "elicitationId": approval.id }))
    } else {
        let id: serde_json::Value = serde_json::from_str(question.as_json()).expect("an id is JSON");
        notification("notifications/cancelled", &json!({ "requestId": id, "reason": "no longer needed" }))
    }
}

/// Progress of a held call: the seconds that it still waits, below zero, so that they grow and stay
/// below whatever the server says once it runs (MCP 2025-11-25, basic/utilities/progress).
pub(super) fn progress(token: &Bytes, seconds_left: f64, text: &str) -> Bytes {
    let mut line = line::start(None);
    line.extend_from_slice(br#","method":"notifications/progress","params":{"progressToken":"#);
    line.extend_from_slice(token);
    line::put_member(&mut line, "progress", Some(&-seconds_left));
    line::put_member(&mut line, "message", Some(&text));
    line.push(b'}');
    line::end(line)
}

fn answer(id: &Id, result: &serde_json::Value) -> Bytes {
    let mut line = line::start(Some(id));
    line::put_member(&mut line, "result", Some(result));
    line::end(line)
}

fn notification(method: &str, params: &serde_json::Value) -> Bytes {
    let mut line = line::start(None);
    line::put_member(&mut line, "method", Some(&method));
    line::put_member(&mut line, "params", Some(params));
    line::end(line)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn read(line: &Bytes) -> Value {
        assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1, "one line");
        serde_json::from_slice(line).unwrap()
    }

    fn id() -> Id {
        Id::parse(br#""a\"b""#).unwrap()
    }

    #[test]
    fn a_call_that_did_not_run_is_answered_where_its_client_looks() {
        let text = "denied\nby \"policy\"";
        let content = json!([{ "type": "text", "text": text }]);
        let session = read(&not_run(&id(), Reading::Session, text));
        assert_eq!(
            session,
            json!({ "jsonrpc": "2.0", "id": "a\"b", "result": { "content": content, "isError": true } })
        );
        let task = read(&not_run(&id(), Reading::Task, text));
        assert_eq!((&task["error"]["code"], &task["error"]["message"]), (&json!(-32600), &json!(text)));
        let stateless = read(&not_run(&id(), Reading::Stateless, text));
        assert_eq!(
            (&stateless["result"]["content"], &stateless["result"]["resultType"]),
            (&content, &json!("complete"))
        );
    }

    #[test]
    fn the_end_of_a_server_is_told_in_the_codes_of_the_version() {
        let codes = [Reading::Session, Reading::Task, Reading::Stateless]
            .map(|reading| read(&gone(&id(), reading))["error"]["code"].clone());
        assert_eq!(codes, [-32000, -32000, -32603]);
    }

    #[test]
    fn what_we_say_of_an_approval_is_well_formed() {
        let approval = Approval { id: "a-1".to_owned(), url: Some("https://c.example/\"".to_owned()) };
        let asked = read(&show(&id(), &approval, "look"));
        let params = json!({ "mode": "url", "elicitationId": "a-1", "url": approval.url, "message": "look" });
        assert_eq!(asked, json!({ "jsonrpc": "2.0", "id": "a\"b", "method": "elicitation/create", "params": params }));
        let told = read(&progress(&Bytes::from_static(b"\"p\""), 2.5, "look"));
        assert_eq!(told["params"], json!({ "progressToken": "p", "progress": -2.5, "message": "look" }));
        assert_eq!(read(&shown(&id(), &approval, true))["params"], json!({ "elicitationId": "a-1" }));
        assert_eq!(read(&shown(&id(), &approval, false))["params"]["requestId"], "a\"b");
        for (state, expected) in [(None, None), (Some(r#""s\u0041\"""#), Some("sA\"")), (Some("7"), None)] {
            let state = state.map(|state| Bytes::from_static(state.as_bytes()));
            let asked = read(&ask_to_show(&id(), &approval, "look", state.as_ref()));
            assert_eq!(asked["result"].get("requestState").and_then(Value::as_str), expected);
        }
    }
}
