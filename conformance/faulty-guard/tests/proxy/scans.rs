//! What is scanned, and what follows from the verdict.

use std::time::Duration;

use serde_json::json;

use super::Named;
use super::gateway::{ALLOW, Gateway, HELD};
use super::guard::{Guard, Start, call, notification, request};

pub(crate) const TESTS: &[Named] = &[
    ("an_allowed_call_arrives_as_it_was_sent", an_allowed_call_arrives_as_it_was_sent),
    ("sanitized_arguments_take_the_place_of_the_others", sanitized_arguments_take_the_place_of_the_others),
    ("a_denied_call_never_reaches_the_upstream_however_it_is_spelt", a_denied_call_never_arrives),
    ("what_two_readers_could_read_differently_is_refused", what_two_readers_could_read_differently_is_refused),
    ("a_failed_scan_runs_nothing_unless_it_may", a_failed_scan_runs_nothing_unless_it_may),
    ("a_held_call_runs_only_after_its_approval", a_held_call_runs_only_after_its_approval),
    ("an_approval_that_the_gateway_does_not_confirm_runs_nothing", an_unconfirmed_approval_runs_nothing),
    ("what_is_not_held_is_answered_at_once", what_is_not_held_is_answered_at_once),
    ("a_cancelled_call_never_runs", a_cancelled_call_never_runs),
    ("batches_are_judged_one_by_one_where_they_exist", batches_are_judged_one_by_one),
];

fn an_allowed_call_arrives_as_it_was_sent() {
    let gateway = Gateway::saying(ALLOW);
    let mut guard = Guard::honest(&gateway.address);
    let server = std::env::current_exe().unwrap().file_name().unwrap().to_string_lossy().into_owned();
    for (id, arguments, body) in [
        ("1", "", String::new()),
        ("\"a\"", r#","arguments":null"#, r#","body":null"#.to_owned()),
        ("9007199254740993", r#","arguments":{}"#, r#","body":{}"#.to_owned()),
        (
            "0",
            r#","arguments":{"z":1.10,"a":[18446744073709551616,1e400,-0],"é":"\u0041😀"}"#,
            r#","body":{"z":1.10,"a":[18446744073709551616,1e400,-0],"é":"\u0041😀"}"#.to_owned(),
        ),
    ] {
        let line = request(id, "tools/call", &format!(r#"{{"_meta":{{"vendor/k":1.0}},"name":"echo"{arguments}}}"#));
        let answer = guard.look(&line);
        assert_eq!(answer["id"].to_string(), id);
        assert_eq!(answer["result"]["content"][0]["text"], line);
        let url = format!("mcp://{server}/echo");
        let head = format!(r#"/v1/scan {{"tool_name":"echo","method":"POST","url":"{url}""#);
        assert_eq!(gateway.next(), format!(r#"{head}{body},"runtime_type":"mcp"}}"#));
    }
    assert_eq!(guard.end().code, Some(0));
}

fn sanitized_arguments_take_the_place_of_the_others() {
    let gateway = Gateway::saying(r#"{"decision":"SANITIZE","sanitized_body":{"z":1.10,"s":"\u00e9"}}"#);
    let mut guard = Guard::honest(&gateway.address);
    let text = guard.look(call("1", "echo", r#"{"s":"secret"}"#))["result"]["content"][0]["text"].take();
    assert_eq!(text, call("1", "echo", r#"{"z":1.10,"s":"\u00e9"}"#));
}

fn a_denied_call_never_arrives() {
    let gateway = Gateway::denying_secrets();
    let mut guard = Guard::honest(&gateway.address);
    let params = r#"{"name":"echo","arguments":{"s":"secret"}}"#;
    let meta = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;
    for line in [
        request("7", "tools/call", params),
        request("7", "tools\\u002fcall", params),
        request("7", "tools/call", params).replace("\"method\"", "\"m\\u0065thod\""),
        request("7", "tools/call", &params.replace("name", "n\\u0061me")),
        request("7", "tools/call", &params.replace("secret", "s\\u0065cret")).replace("s\\u0065cret", "secret"),
        request("7", "tools/call", r#"{"name":"echo","arguments":{"s":"secret"},"task":{"ttl":1}}"#),
        request("7", "tools/call", r#"{"name":"echo","arguments":{"s":"secret"},"inputResponses":{}}"#),
        request("7", "tools/call", &params.replacen('{', &format!("{{{meta},"), 1)),
    ] {
        let answer = guard.look(&line);
        assert_eq!((&answer["id"], &answer["result"]["isError"]), (&json!(7), &json!(true)), "{line}");
        assert!(answer["result"]["content"][0]["text"].as_str().unwrap().contains("SECRETS"), "{answer}");
        assert_eq!(answer["result"].get("resultType").is_some(), line.contains("2026-07-28"), "{answer}");
        gateway.next();
    }
    guard.write(notification("tools/call", params));
    assert!(guard.ask(call("8", "echo", "{}")).contains("\"id\":8"));
    gateway.next();
    assert!(gateway.was_not_asked());
    assert!(!guard.reached().contains("secret"), "{}", guard.reached());
}

fn what_two_readers_could_read_differently_is_refused() {
    let gateway = Gateway::saying(ALLOW);
    let mut guard = Guard::honest(&gateway.address);
    let whole = call("7", "echo", r#"{"mark":1}"#);
    let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    for line in [
        format!("\u{feff}{whole}").into_bytes(),
        format!("{whole}\r{whole}").into_bytes(),
        format!("[{whole}]").into_bytes(),
        [&whole.as_bytes()[..whole.len() - 4], b"\"\xff\"}}}"].concat(),
        whole.replace(r#""name""#, r#""name":"read","name""#).into_bytes(),
        whole.replace(r#""method""#, r#""method":"ping","method""#).into_bytes(),
        whole.replace(r#""mark":1"#, r#""mark":[{"a":1,"\u0061":2}]"#).into_bytes(),
        whole.replace(":1}", ":NaN}").into_bytes(),
        whole.replace(":1}", &format!(":{deep}}}")).into_bytes(),
        whole.replace(r#""id":7"#, r#""id":null"#).into_bytes(),
        whole.replace(r#""name":"echo""#, r#""name":["echo"]"#).into_bytes(),
        b"42".to_vec(),
        b"null".to_vec(),
        b"{".to_vec(),
    ] {
        let answer = guard.look(&line);
        assert!(answer["error"]["code"].is_i64(), "{}: {answer}", String::from_utf8_lossy(&line));
    }
    assert!(!guard.reached().contains("mark") && gateway.was_not_asked(), "{}", guard.reached());
    assert!(guard.ask(call("8", "echo", "{}") + "\r").contains("\"id\":8"));
}

fn a_failed_scan_runs_nothing_unless_it_may() {
    for (open, status, verdict, runs) in [
        ("0", 500, "", false),
        ("0", 200, r#"{"decision":"allow"}"#, false),
        ("0", 200, r#"{"decision":"SANITIZE"}"#, false),
        ("0", 200, r#"{"decision":"REQUIRE_APPROVAL"}"#, false),
        ("1", 500, "", true),
        ("1", 401, "", false),
        ("1", 413, "", false),
        ("1", 429, "", false),
        ("1", 200, r#"{"decision":"allow"}"#, false),
    ] {
        let gateway = Gateway::new(move |_| Some((status, verdict.to_owned())));
        let environment = [("INTERVEN_FAIL_OPEN", open)];
        let mut guard = Guard::start(&gateway.address, &Start { environment: &environment, ..Start::default() });
        let answer = guard.look(call("7", "echo", r#"{"mark":1}"#));
        assert_eq!(answer["result"]["isError"], json!(!runs), "{open} {status} {verdict}");
        assert_eq!(guard.reached().contains("mark"), runs, "{open} {status} {verdict}");
    }
}

fn held(gateway: &Gateway) -> Guard {
    let environment = [("INTERVEN_HOLD_MS", "300")];
    let mut guard = Guard::start(&gateway.address, &Start { environment: &environment, ..Start::default() });
    guard.write(call("7", "echo", r#"{"mark":1}"#));
    guard
}

fn a_held_call_runs_only_after_its_approval() {
    for (status, runs) in [("approved", true), ("denied", false), ("expired", false), ("pending", false)] {
        let gateway = Gateway::asking(status, ALLOW);
        let guard = held(&gateway);
        let answer = guard.read();
        assert_eq!(guard.reached().contains("mark"), runs, "{status}");
        assert_eq!(answer.contains(r#""isError":false"#), runs, "{status}: {answer}");
        if !runs {
            assert!(answer.contains("a/1") && answer.contains("https://x/a-1"), "{answer}");
        }
        let first = gateway.next();
        assert_eq!(gateway.next(), "/v1/approvals/a%2F1/status ");
        assert_eq!(runs.then(|| gateway.next()), runs.then_some(first));
        assert!(gateway.was_not_asked());
    }
}

fn an_unconfirmed_approval_runs_nothing() {
    for then in [HELD, r#"{"decision":"DENY"}"#, r#"{"decision":"SANITIZE","sanitized_body":{}}"#, "{}"] {
        let gateway = Gateway::asking("approved", then);
        let guard = held(&gateway);
        assert!(guard.read().contains(r#""isError":true"#));
        assert!(!guard.reached().contains("mark"), "{then}");
    }
}

fn what_is_not_held_is_answered_at_once() {
    let meta =
        r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;
    let stateless = request("7", "tools/call", &format!(r#"{{"_meta":{meta},"name":"echo"}}"#));
    for (hold, line) in [("0", call("7", "echo", "{}")), ("45000", stateless)] {
        let gateway = Gateway::saying(HELD);
        let environment = [("INTERVEN_HOLD_MS", hold)];
        let mut guard = Guard::start(&gateway.address, &Start { environment: &environment, ..Start::default() });
        let answer = guard.ask(line);
        assert!(answer.contains("a/1") && answer.contains("https://x/a-1"), "{answer}");
        gateway.next();
        assert!(gateway.was_not_asked());
    }
}

fn a_cancelled_call_never_runs() {
    let cancel = notification("notifications/cancelled", r#"{"requestId":7}"#);
    let silent = Gateway::new(|_| None);
    let mut guard = Guard::honest(&silent.address);
    guard.write(call("7", "echo", r#"{"mark":1}"#));
    silent.next();
    guard.write(&cancel);
    assert_eq!(silent.next(), "hung up");
    assert_eq!(guard.ask(request("8", "ping", "{}")), "{\"jsonrpc\":\"2.0\",\"id\":8,\"result\":{}}\n");
    assert!(!guard.reached().contains("mark") && !guard.reached().contains("cancelled"), "{}", guard.reached());

    let approving = Gateway::asking("approved", ALLOW);
    let mut guard = held(&approving);
    approving.next();
    guard.write(&cancel);
    assert!(guard.within(Duration::from_secs(1)).is_none());
    assert!(!guard.reached().contains("mark"), "{}", guard.reached());

    let gateway = Gateway::saying(ALLOW);
    let mut guard = Guard::honest(&gateway.address);
    guard.write(call("7", "never", r#"{"mark":1}"#));
    guard.await_reached("mark");
    guard.write(&cancel);
    guard.await_reached(&cancel);
}

fn batches_are_judged_one_by_one() {
    let gateway = Gateway::denying_secrets();
    let mut guard = Guard::start(&gateway.address, &Start { version: Some("2025-03-26"), ..Start::default() });
    let batch = [
        call("1", "echo", r#"{"s":"secret"}"#),
        call("2", "echo", r#"{"mark":1}"#),
        notification("notifications/roots/list_changed", "{}"),
        "7".to_owned(),
    ];
    let answers = guard.look(format!("[{}]", batch.join(",")));
    let of = |id| answers.as_array().unwrap().iter().find(|answer| answer["id"] == id).unwrap();
    assert_eq!(of(json!(1))["result"]["isError"], true);
    assert_eq!(of(json!(2))["result"]["content"][0]["text"], batch[1]);
    assert_eq!(answers.as_array().unwrap().len(), 3);
    guard.await_reached(&batch[2]);
    assert!(!guard.reached().contains("secret"));
}
