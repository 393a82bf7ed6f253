//! The binary as a client meets it: a session over stdio, from its opening to its end.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod batches;
mod command;
mod eras;
mod man;
mod session;
mod streams;

use std::io::Read as _;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::json;
use session::{BOTH, KEY, Session};
use wiremock::matchers::{body_string_contains, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

async fn gateway(answer: &str) -> MockServer {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_raw(answer, "application/json");
    Mock::given(method("POST")).respond_with(answer).mount(&server).await;
    server
}

/// Answers ALLOW after `delay`, to bodies that hold `word`.
async fn slow(server: &MockServer, word: &str, delay: Duration) {
    let answer =
        ResponseTemplate::new(200).set_body_raw(r#"{"decision":"ALLOW"}"#, "application/json").set_delay(delay);
    Mock::given(body_string_contains(word)).respond_with(answer).with_priority(1).mount(server).await;
}

async fn bodies(server: &MockServer) -> Vec<String> {
    let requests = server.received_requests().await.unwrap();
    requests.into_iter().map(|request| String::from_utf8(request.body).unwrap()).collect()
}

#[tokio::test]
async fn a_session_offers_two_tools_and_a_page() {
    let mut session = Session::start("http://127.0.0.1:9", &[]);
    session.say(r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"0"}}}"#);
    let opened = session.hear();
    assert_eq!(opened["id"], 0);
    assert_eq!(opened["result"]["protocolVersion"], "2025-06-18");
    assert_eq!(opened["result"]["capabilities"], json!({ "tools": {}, "resources": {} }));
    let instructions = opened["result"]["instructions"].as_str().unwrap();
    for word in ["interven_scan", "ALLOW", "SANITIZE", "sanitized_body", "DENY", "REQUIRE_APPROVAL", "interven://about"]
    {
        assert!(instructions.contains(word), "{word}");
    }
    session.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    session.say(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#);
    let tools = session.hear();
    let names: Vec<_> = tools["result"]["tools"].as_array().unwrap().iter().map(|tool| &tool["name"]).collect();
    assert_eq!(names, ["interven_scan", "interven_scan_response"]);
    session.say(r#"{"jsonrpc":"2.0","id":2,"method":"resources/list"}"#);
    assert_eq!(session.hear()["result"]["resources"][0]["uri"], "interven://about");
    session.say(r#"{"jsonrpc":"2.0","id":3,"method":"resources/read","params":{"uri":"interven://about"}}"#);
    assert!(session.hear()["result"]["contents"][0]["text"].as_str().unwrap().contains("RECENT_APPROVAL_GRANT"));
    assert_eq!(session.end().code, Some(0));
}

#[tokio::test]
async fn the_four_decisions_arrive_whole_and_as_text() {
    for answer in [
        r#"{"decision":"ALLOW","trace_id":"t-1","risk_score":0.10,"risk_band":"MED","unknown":{"n":1e400}}"#,
        r#"{"decision":"SANITIZE", "sanitized_body":{"n":[1.10,18446744073709551616,-0],"s":"\u00e9\/"},"trace_id":"t-1"}"#,
        r#"{"decision":"DENY","reason_codes":["SECRETS","EXTERNAL_PRINCIPAL"],"trace_id":"t-1"}"#,
        r#"{"decision":"REQUIRE_APPROVAL","approval_id":"a-1","approval_url":"https://c/a-1"}"#,
    ] {
        let server = gateway(answer).await;
        let mut session = Session::open(&server.uri(), &[]);
        session.scan("7", r#"{"z":1.10,"a":[1e400,-0,18446744073709551616],"s":"\ud83d\ude00"}"#);
        let line = session.line();
        assert!(line.starts_with(r#"{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":""#), "{line}");
        assert!(line.ends_with(&format!(r#","structuredContent":{answer},"isError":false}}}}"#)), "{line}");
        let text = serde_json::to_string(answer).unwrap();
        assert!(line.contains(&format!(r#"{{"type":"text","text":{text}}}"#)), "{line}");
        assert_eq!(
            bodies(&server).await,
            [
                r#"{"runtime_type":"mcp","tool_name":"t","method":"POST","url":"mcp://x","body":{"z":1.10,"a":[1e400,-0,18446744073709551616],"s":"\ud83d\ude00"}}"#
            ]
        );
    }
}

#[tokio::test]
async fn an_approval_without_address_gets_one_at_the_console() {
    let server = gateway(r#"{"decision":"REQUIRE_APPROVAL","approval_id":"a-1"}"#).await;
    let mut session = Session::open(&server.uri(), &[("INTERVEN_CONSOLE_URL", "https://console.example/")]);
    session.scan("1", "{}");
    assert_eq!(session.hear()["result"]["structuredContent"]["approval_url"], "https://console.example/approvals/a-1");
}

#[tokio::test]
async fn a_response_is_reported() {
    let server = gateway(r#"{"data_classes":["PII"],"fields_redacted_count":1.0}"#).await;
    let mut session = Session::open(&server.uri(), &[]);
    session.call(
        "1",
        "interven_scan_response",
        r#"{"trace_id":"t-1","response_body":"a\u0041","response_status":200}"#,
    );
    assert!(session.line().contains(r#""structuredContent":{"data_classes":["PII"],"fields_redacted_count":1.0}"#));
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests[0].url.path(), "/v1/scan/response");
    assert_eq!(bodies(&server).await, [r#"{"trace_id":"t-1","response_status":200,"response_body":"a\u0041"}"#]);
}

#[tokio::test]
async fn what_cannot_be_scanned_is_an_error_and_never_asked() {
    let server = gateway(r#"{"decision":"ALLOW"}"#).await;
    let mut session = Session::open(&server.uri(), &[("INTERVEN_FAIL_OPEN", "1")]);
    for arguments in [
        "{}",
        r#"{"tool_name":"","url":"mcp://x","method":"POST"}"#,
        r#"{"tool_name":"t","url":"/relative","method":"POST"}"#,
        r#"{"tool_name":"t","url":"mcp://x","method":""}"#,
    ] {
        session.call("1", "interven_scan", arguments);
        let answer = session.hear();
        assert_eq!(answer["result"]["isError"], true, "{arguments}");
        assert_eq!(answer["result"].get("structuredContent"), None, "{arguments}");
    }
    assert_eq!(bodies(&server).await, [""; 0]);
}

#[tokio::test]
async fn a_failed_scan_is_an_error_without_a_decision() {
    let server = MockServer::start().await;
    let failing = ResponseTemplate::new(500).set_body_raw(r#"{"decision":"ALLOW"}"#, "application/json");
    Mock::given(path("/v1/scan")).respond_with(failing).mount(&server).await;
    let mut session = Session::open(&server.uri(), &[]);
    session.scan("1", "{}");
    let line = session.line();
    assert!(line.contains(r#""isError":true"#) && !line.contains("ALLOW") && line.contains("status 500"), "{line}");
}

#[tokio::test]
async fn fail_open_lets_through_what_an_outage_left_unscanned_and_nothing_else() {
    for (status, opened) in [(503, true), (401, false), (413, false), (429, false), (302, false), (200, false)] {
        let server = MockServer::start().await;
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(status)).mount(&server).await;
        let mut session = Session::open(&server.uri(), &[("INTERVEN_FAIL_OPEN", "1")]);
        session.scan("1", "{}");
        let answer = session.hear();
        let expected = json!({ "decision": "ALLOW", "reason_codes": ["GATEWAY_UNREACHABLE"] });
        assert_eq!(answer["result"].get("structuredContent"), opened.then_some(&expected), "{status}");
        assert_eq!(answer["result"]["isError"], !opened, "{status}");
    }
    let mut session = Session::open("http://127.0.0.1:9", &[("INTERVEN_FAIL_OPEN", "1")]);
    session.call("1", "interven_scan_response", r#"{"trace_id":"t","response_body":{}}"#);
    assert_eq!(session.hear()["result"]["isError"], true, "a report has no door to open");
}

#[tokio::test]
async fn lines_that_are_no_message_are_answered_and_the_session_goes_on() {
    let server = gateway(r#"{"decision":"ALLOW"}"#).await;
    let mut session = Session::open(&server.uri(), &[]);
    let call = |start: &str, body: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":1,{start}"method":"tools/call","params":{{"name":"interven_scan","arguments":{{"tool_name":"t","url":"mcp://x","method":"POST","body":{body}}}}}}}"#
        )
    };
    let deep = "[".repeat(200) + &"]".repeat(200);
    for (line, id, code) in [
        (b"garbage".to_vec(), json!(null), -32700),
        (b"\xef\xbb\xbf{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}".to_vec(), json!(null), -32700),
        (call("", "NaN").into_bytes(), json!(1), -32700),
        (call("", "1\r").into_bytes(), json!(1), -32700),
        (call("", "\"\\ud800\"").into_bytes(), json!(1), -32700),
        ([call("", "\"").as_bytes(), b"\xff"].concat(), json!(1), -32700),
        (call("", r#"{"a":1,"a":2}"#).into_bytes(), json!(1), -32600),
        (call(r#""method":"ping","#, "1").into_bytes(), json!(1), -32600),
        (call("", r#"{"$serde_json::private::RawValue":"7"}"#).into_bytes(), json!(1), -32600),
        (call("", &deep).into_bytes(), json!(1), -32600),
        (call("", &format!("\"{}\"", "x".repeat(5 << 20))).into_bytes(), json!(1), -32600),
        (
            format!(
                r#"{{"method":"tools/call","params":{{"id":2,"x":"{}"}},"jsonrpc":"2.0","id":1}}"#,
                "x".repeat(5 << 20)
            )
            .into_bytes(),
            json!(1),
            -32600,
        ),
        (format!("[{}]", call("", "1")).into_bytes(), json!(null), -32600),
        (
            br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"interven_scan","arguments":[]}}"#
                .to_vec(),
            json!(1),
            -32602,
        ),
        (br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"other"}}"#.to_vec(), json!(1), -32602),
        (br#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":1e400}}"#.to_vec(), json!(1), -32602),
        (br#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":""}}"#.to_vec(), json!(1), -32602),
        (br#"{"jsonrpc":"2.0","id":1,"method":"resources/list","params":{"cursor":"2"}}"#.to_vec(), json!(1), -32602),
        (br#"{"jsonrpc":"2.0","id":1,"method":"prompts/list"}"#.to_vec(), json!(1), -32601),
        (br#"{"jsonrpc":"2.0","id":1,"method":"no/such"}"#.to_vec(), json!(1), -32601),
    ] {
        session.say(&line);
        let answer = session.hear();
        let line = String::from_utf8_lossy(&line[..line.len().min(200)]).into_owned();
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&id, &json!(code)), "{line}");
        assert_eq!(answer.get("id").is_some(), !id.is_null(), "{line}");
    }
    assert_eq!(bodies(&server).await, [""; 0], "nothing of it reached the gateway");
    session.say(call("", "1") + "\r");
    assert_eq!(session.hear()["result"]["isError"], false, "a carriage return before the line feed is fine");
}

#[tokio::test]
async fn notifications_are_never_answered_and_a_call_without_id_never_runs() {
    let server = gateway(r#"{"decision":"ALLOW"}"#).await;
    let mut session = Session::open(&server.uri(), &[]);
    session.say(r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"interven_scan","arguments":{"tool_name":"t","url":"mcp://x","method":"POST"}}}"#);
    session.say(r#"{"jsonrpc":"2.0","method":"notifications/nobody/knows","params":{"n":1e400}}"#);
    session.say(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}"#);
    session.say(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"a":1,"a":2}}"#);
    let long = "x".repeat(5 << 20);
    session.say(format!(r#"{{"jsonrpc":"2.0","method":"notifications/message","params":{{"data":"{long}"}}}}"#));
    session.say(r#"{"jsonrpc":"2.0","id":4,"result":{}}"#);
    session.say("");
    assert!(session.is_silent());
    assert_eq!(bodies(&server).await, [""; 0]);
    assert!(session.end().stderr.contains("ignored `tools/call`, which came without an id"));
}

#[tokio::test]
async fn ids_go_back_as_they_came_and_tell_a_number_from_a_string() {
    let server = gateway(r#"{"decision":"ALLOW"}"#).await;
    slow(&server, "wait", Duration::from_millis(300)).await;
    let mut session = Session::open(&server.uri(), &[]);
    for id in ["0", "-1", "9007199254740993", "18446744073709551616", "\"\"", "\"é\""] {
        session.scan(id, "1");
        assert!(session.line().starts_with(&format!(r#"{{"jsonrpc":"2.0","id":{id},"#)), "{id}");
    }
    session.scan("1", "\"wait\"");
    session.scan("\"1\"", "2");
    session.scan("1", "3");
    assert_eq!(session.hear()["error"]["code"], -32600, "an id in use is refused at once");
    assert_eq!(session.hear()["id"], "1");
    assert_eq!(session.hear()["id"], 1);
    session.scan("1", "4");
    assert_eq!(session.hear()["id"], 1, "an id that was answered is free");
    let asked = bodies(&server).await;
    assert!(!asked.iter().any(|body| body.contains(r#""body":3"#)), "the refused call was never asked");
}

#[tokio::test]
async fn a_cancelled_call_is_not_answered() {
    for era in BOTH {
        let server = gateway(r#"{"decision":"ALLOW"}"#).await;
        slow(&server, "wait", Duration::from_millis(200)).await;
        let mut session = Session::open_in(era, &server.uri(), &[]);
        session.scan("\"c\"", "\"wait\"");
        while bodies(&server).await.is_empty() {
            tokio::task::yield_now().await;
        }
        session.say(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"c"}}"#);
        session.scan("2", "\"wait\"");
        assert_eq!(session.hear()["id"], 2, "the later call is the first to be answered");
        assert!(session.is_silent());
    }
}

#[test]
fn a_cancelled_call_hangs_up_on_the_gateway() {
    for era in BOTH {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut session = Session::open_in(era, &format!("http://{}", listener.local_addr().unwrap()), &[]);
        session.scan("1", "\"never answered\"");
        let (mut connection, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            let mut some = [0; 1024];
            let read = connection.read(&mut some).unwrap();
            request.extend_from_slice(&some[..read]);
        }
        session.say(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#);
        connection.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        assert_eq!(connection.read(&mut [0]).unwrap(), 0, "the request is dropped");
        assert!(session.is_silent());
    }
}

#[tokio::test]
async fn what_ends_soon_after_stdin_is_answered() {
    let server = gateway(r#"{"decision":"ALLOW"}"#).await;
    slow(&server, "soon", Duration::from_millis(300)).await;
    slow(&server, "late", Duration::from_secs(20)).await;
    let mut session = Session::open(&server.uri(), &[]);
    session.scan("1", "\"soon\"");
    let end = session.end();
    assert_eq!((end.code, end.rest.len()), (Some(0), 1));

    let mut session = Session::open(&server.uri(), &[]);
    session.scan("1", "\"late\"");
    session.scan("2", "\"soon\"");
    let begun = Instant::now();
    let end = session.end();
    assert_eq!((end.code, end.rest.len()), (Some(0), 1));
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[test]
fn what_comes_too_early_does_not_end_the_session() {
    let mut session = Session::start("http://127.0.0.1:9", &[]);
    session.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    session.say(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#);
    session.say(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
    session.say("garbage");
    assert_eq!(session.hear()["error"]["code"], -32700);
    assert!(session.is_silent());
    session.say(r#"{"jsonrpc":"2.0","id":2,"method":"initialize","params":{}}"#);
    assert_eq!(session.hear()["error"]["code"], -32602);
    session.say(r#"{"jsonrpc":"2.0","id":3,"method":"initialize","params":{"protocolVersion":"2024-11-05","capabilities":{},"clientInfo":{"name":"test","version":"0"}}}"#);
    assert_eq!(session.hear()["result"]["protocolVersion"], "2024-11-05");
}

#[tokio::test]
async fn many_calls_at_once_are_each_answered_with_their_own_verdict() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(|request: &wiremock::Request| {
            let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            ResponseTemplate::new(200).set_body_json(json!({ "decision": "ALLOW", "trace_id": body["body"] }))
        })
        .mount(&server)
        .await;
    let mut session = Session::open(&server.uri(), &[]);
    for id in 0..500 {
        session.scan(&id.to_string(), &format!("\"{id}\""));
    }
    let mut seen: Vec<_> = (0..500)
        .map(|_| {
            let answer = session.hear();
            let id = answer["id"].as_u64().unwrap();
            assert_eq!(answer["result"]["structuredContent"]["trace_id"], id.to_string());
            id
        })
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..500).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_key_is_nowhere_to_be_seen() {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(401)).mount(&server).await;
    let mut session = Session::open(&server.uri(), &[]);
    session.scan("1", "\"body secret\"");
    session.say("garbage");
    #[cfg(target_os = "linux")]
    assert!(
        std::fs::read(format!("/proc/{}/environ", session.pid())).is_err() || is_root(),
        "another process of the same user can read the key"
    );
    let end = session.end();
    assert!(end.rest.iter().all(|line| !line.contains(KEY)));
    assert!(!end.stderr.contains(KEY) && !end.stderr.contains("body secret"), "{}", end.stderr);
}

/// Root may read the memory of any process.
#[cfg(target_os = "linux")]
fn is_root() -> bool {
    std::fs::read_to_string("/proc/self/status").unwrap().contains("\nUid:\t0\t")
}
