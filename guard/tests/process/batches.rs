//! Batches: where they are served, that each message of one passes the gate that a line passes, and
//! that nothing of one runs where they are not.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::session::{ERAS, Era, KEY, META, Session, guard};
use crate::{bodies, gateway, slow};

const WITH_BATCHES: Era = Era::Handshake("2025-03-26");
const ALLOW: &str = r#"{"decision":"ALLOW"}"#;

fn scan(id: &str, body: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"interven_scan","arguments":{{"tool_name":"t","url":"mcp://x","method":"POST","body":{body}}}}}}}"#
    )
}

fn ids(answers: &Value) -> Vec<String> {
    let answers = answers.as_array().unwrap_or_else(|| panic!("no array: {answers}"));
    let mut ids: Vec<_> =
        answers.iter().map(|answer| answer.get("id").map_or_else(String::new, Value::to_string)).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn a_batch_is_answered_with_one_array() {
    let server = gateway(ALLOW).await;
    slow(&server, "wait", Duration::from_millis(200)).await;
    let mut session = Session::open_in(WITH_BATCHES, &server.uri(), &[]);
    let notification = r#"{"jsonrpc":"2.0","method":"notifications/nothing"}"#;
    session.say(format!(
        r#"[ {}, {notification} ,{}, {{"jsonrpc":"2.0","id":3,"method":"no/such"}},{{"jsonrpc":"2.0","id":"4","method":"ping"}} ]"#,
        scan("1", "\"wait\""),
        scan("2", "[1.10, 1e400]")
    ));
    session.scan("5", "0");
    assert_eq!(session.hear()["id"], 5, "a batch holds up nobody else");
    let answers = session.hear();
    assert_eq!(ids(&answers), ["\"4\"", "1", "2", "3"]);
    for answer in answers.as_array().unwrap() {
        match answer["id"].as_i64() {
            Some(3) => assert_eq!(answer["error"]["code"], -32601),
            Some(_) => assert_eq!(answer["result"]["structuredContent"], json!({ "decision": "ALLOW" })),
            None => assert_eq!(answer["result"], json!({})),
        }
    }
    assert!(bodies(&server).await.iter().any(|body| body.ends_with(r#""body":[1.10, 1e400]}"#)), "byte for byte");
    assert!(session.is_silent());
}

#[tokio::test]
async fn a_batch_that_asks_nothing_is_not_answered() {
    let server = gateway(ALLOW).await;
    let mut session = Session::open_in(WITH_BATCHES, &server.uri(), &[]);
    let call = scan("1", "1").replace(r#""id":1,"#, "");
    session.say(format!(
        r#"[{{"jsonrpc":"2.0","method":"notifications/x"}},{{"jsonrpc":"1.0","method":"notifications/y"}},{call}]"#
    ));
    session.say(r#"[{"jsonrpc":"2.0","id":9,"result":{}}]"#);
    assert!(session.is_silent());
    assert_eq!(bodies(&server).await, [""; 0]);
}

#[tokio::test]
async fn what_is_no_message_is_refused_by_itself_and_what_is_no_json_with_all_the_rest() {
    let server = gateway(ALLOW).await;
    let mut session = Session::open_in(WITH_BATCHES, &server.uri(), &[]);
    session.say("[]");
    let answer = session.hear();
    assert_eq!((answer.get("id"), &answer["error"]["code"]), (None, &json!(-32600)));
    session.say(format!(
        r#"[1,[],{},{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{}}}},{{"jsonrpc":"2.0","id":1.0,"method":"ping"}}]"#,
        format_args!("[{}]", scan("6", "\"nested\""))
    ));
    let answers = session.hear();
    assert_eq!(ids(&answers), ["", "", "", "", "7"]);
    let codes: Vec<_> = answers.as_array().unwrap().iter().map(|answer| answer["error"]["code"].clone()).collect();
    assert_eq!(codes, [-32600, -32600, -32600, -32602, -32600].map(Value::from));
    for broken in [
        format!("[{},{}]", scan("1", "\"ran\""), scan("2", "NaN")),
        format!("[{},{}]", scan("1", "\"ran\""), scan("2", r#"{"a":1,"a":2}"#)),
        format!("[{}", scan("1", "\"ran\"")),
        format!("[{},]", scan("1", "\"ran\"")),
        format!("[{}\r,{}]", scan("1", "\"ran\""), scan("2", "\"ran\"")),
        format!("[{},{}]", scan("1", "\"ran\""), "[".repeat(200) + &"]".repeat(200)),
        format!("[{},{}]", scan("1", "\"ran\""), scan("2", &format!("\"{}\"", "x".repeat(5 << 20)))),
    ] {
        session.say(&broken);
        let answer = session.hear();
        let code = answer["error"]["code"].as_i64().unwrap_or_else(|| panic!("{answer}"));
        assert!([-32700, -32600].contains(&code) && answer.get("id").is_none(), "{answer}");
    }
    assert!(session.is_silent());
    assert_eq!(bodies(&server).await, [""; 0], "nothing of them ran");
}

#[tokio::test]
async fn only_requests_of_the_session_are_taken_from_a_batch() {
    let server = gateway(ALLOW).await;
    let mut session = Session::open_in(WITH_BATCHES, &server.uri(), &[]);
    session.say(format!(
        r#"[{{"jsonrpc":"2.0","id":1,"method":"initialize","params":{{"protocolVersion":"2025-11-25","capabilities":{{}},"clientInfo":{{"name":"t","version":"0"}}}}}},{{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{{{META}}}}},{}]"#,
        scan("3", "1")
    ));
    for answer in session.hear().as_array().unwrap() {
        let refused = answer["id"] != 3;
        assert_eq!(answer["error"]["code"], if refused { json!(-32600) } else { Value::Null }, "{answer}");
    }
    let mut early = Session::start(&server.uri(), &[]);
    early.say(r#"[{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-03-26","capabilities":{},"clientInfo":{"name":"t","version":"0"}}}]"#);
    let answer = early.hear();
    assert_eq!((answer.get("id"), &answer["error"]["code"]), (None, &json!(-32600)));
    early.initialize("1", "2025-03-26");
    assert_eq!(early.hear()["result"]["protocolVersion"], "2025-03-26", "nothing was opened");
}

#[tokio::test]
async fn no_other_version_has_batches() {
    let server = gateway(ALLOW).await;
    for era in ERAS.into_iter().filter(|era| *era != WITH_BATCHES) {
        let mut session = Session::open_in(era, &server.uri(), &[]);
        let call = session.request(
            "1",
            "tools/call",
            r#""name":"interven_scan","arguments":{"tool_name":"t","url":"mcp://x","method":"POST"}"#,
        );
        for batch in [format!("[{call}]"), format!("[{call},{call}]"), "[]".to_owned(), "[1]".to_owned()] {
            session.say(&batch);
            let answer = session.hear();
            assert_eq!((answer.get("id"), &answer["error"]["code"]), (None, &json!(-32600)), "{era:?} {batch}");
        }
        session.say(r#"[{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}]"#);
        assert_eq!(session.hear()["error"]["code"], -32600, "{era:?}");
        assert!(session.is_silent());
    }
    assert_eq!(bodies(&server).await, [""; 0]);
}

#[tokio::test]
async fn a_call_of_a_batch_can_be_cancelled() {
    let server = gateway(ALLOW).await;
    slow(&server, "wait", Duration::from_secs(20)).await;
    let mut session = Session::open_in(WITH_BATCHES, &server.uri(), &[]);
    session.say(format!("[{},{}]", scan("1", "\"wait\""), scan("2", "2")));
    while bodies(&server).await.len() < 2 {
        tokio::task::yield_now().await;
    }
    session.say(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#);
    assert_eq!(ids(&session.hear()), ["2"]);
    session.say(format!("[{}]", scan("3", "\"wait\"")));
    session.say(r#"[{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3}}]"#);
    assert!(session.is_silent(), "nothing is left to be answered");
}

#[tokio::test]
async fn a_batch_without_end_is_refused_whole() {
    let server = gateway(ALLOW).await;
    let mut session = Session::open_in(WITH_BATCHES, &server.uri(), &[]);
    session.say(format!("[{}{}]", "1,".repeat(1_500_000), scan("1", "1")));
    let line = session.line();
    assert!(line.len() < 200 && line.contains("-32600"), "{line}");
    assert_eq!(bodies(&server).await, [""; 0]);
    let many: Vec<_> = (0..128).map(|id| scan(&id.to_string(), "0")).collect();
    session.say(format!("[{}]", many.join(",")));
    assert_eq!(session.hear().as_array().unwrap().len(), 128);
}

/// The longest answers to the shortest questions, and a client that reads them late.
#[cfg(target_os = "linux")]
#[test]
fn batches_whose_answers_are_not_read_hold_a_bounded_memory() {
    use std::io::{BufRead as _, BufReader, Write as _};

    let mut guard = guard(&[("INTERVEN_API_KEY", KEY)])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", guard.id());
    let peak = || {
        let status = std::fs::read_to_string(&status).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse::<usize>().unwrap()
    };
    let mut stdin = guard.stdin.take().unwrap();
    let asking = std::thread::spawn(move || {
        writeln!(stdin, r#"{{"jsonrpc":"2.0","id":"open","method":"initialize","params":{{"protocolVersion":"2025-03-26","capabilities":{{}},"clientInfo":{{"name":"test","version":"0"}}}}}}"#).unwrap();
        for batch in 0..120 {
            let ask = |id| format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/list"}}"#);
            let batch: Vec<_> = (0..128).map(|id| ask(batch * 128 + id)).collect();
            writeln!(stdin, "[{}]", batch.join(",")).unwrap();
        }
        stdin
    });
    // It has taken what it will take when it has grown no more for a while.
    let mut last = (0, Instant::now());
    while last.1.elapsed() < Duration::from_millis(500) {
        std::thread::sleep(Duration::from_millis(20));
        let now = peak();
        if now > last.0 {
            last = (now, Instant::now());
        }
    }
    assert!((20_000..120_000).contains(&last.0), "{} kB", last.0);
    let answers = BufReader::new(guard.stdout.take().unwrap()).lines().take(121);
    assert_eq!(
        answers.map(Result::unwrap).filter(|line| line.ends_with("]")).count(),
        120,
        "each is answered in the end"
    );
    drop(asking.join().unwrap());
    assert_eq!(guard.wait().unwrap().code(), Some(0));
}
