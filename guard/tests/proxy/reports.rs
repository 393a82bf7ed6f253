//! What calls returned, told to the gateway behind the client's back.

use std::time::{Duration, Instant};

use serde_json::json;
use wiremock::ResponseTemplate;

use crate::client::Client;
use crate::gateway::Gateway;

const REPORT: &str = "/v1/scan/response";

pub(crate) fn results_are_reported_behind_the_client() {
    let gateway = Gateway::allowing();
    gateway.report_with(ResponseTemplate::new(200).set_body_json(json!({})).set_delay(Duration::from_secs(1)));
    let mut client = Client::in_session("2025-11-25", "{}", &gateway.uri(), &[]);
    let begun = Instant::now();
    let lines = json!({ "lines": [r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"n":1.10,"s":"\u00e9"}], "isError":true}}"#] });
    client.call("1", "say", &lines.to_string(), "");
    client.hear();
    assert!(begun.elapsed() < Duration::from_millis(900), "the answer does not wait for the report");
    gateway.wait_for(REPORT, 1);
    assert_eq!(
        gateway.asked(REPORT),
        [r#"{"trace_id":"t-1","response_body":{"content":[{"n":1.10,"s":"\u00e9"}], "isError":true}}"#]
    );
    client.call("2", "error", "{}", "");
    client.call("3", "echo", "{}", "");
    client.hear();
    client.hear();
    // The session ends no sooner than its reports are told, for a while.
    client.end();
    assert_eq!(gateway.asked(REPORT).len(), 2, "an error is no result");
}

pub(crate) fn nothing_is_reported_that_was_not_traced_or_wanted() {
    let quiet = [("INTERVEN_REPORT_RESPONSES", "0")];
    let untraced = json!({ "decision": "ALLOW" });
    for (verdict, variables) in [(json!({ "decision": "ALLOW", "trace_id": "t" }), &quiet[..]), (untraced, &[])] {
        let gateway = Gateway::answering(&verdict);
        let mut client = Client::in_session("2025-11-25", "{}", &gateway.uri(), variables);
        client.call("1", "echo", "{}", "");
        client.hear();
        client.say(r#"{"jsonrpc":"2.0","id":2,"method":"resources/read","params":{"uri":"a:b"}}"#);
        client.hear();
        client.end();
        assert_eq!(gateway.asked(REPORT), [""; 0]);
    }
}

pub(crate) fn a_task_is_reported_when_it_is_done() {
    let gateway = Gateway::allowing();
    let mut client = Client::in_session("2025-11-25", "{}", &gateway.uri(), &[]);
    client.call("1", "echo", "{}", r#","task":{"ttl":60000}"#);
    let task = client.hear()["result"]["task"]["taskId"].clone();
    for id in 2..4 {
        client.say(
            json!({ "jsonrpc": "2.0", "id": id, "method": "tasks/result", "params": { "taskId": task } }).to_string(),
        );
        client.hear();
    }
    client.end();
    assert_eq!(
        gateway.asked(REPORT),
        [r#"{"trace_id":"t-1","response_body":{"content":[{"text":"done","type":"text"}]}}"#]
    );
}
