//! What passes untouched, and that nothing waits for anything else.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use super::Named;
use super::gateway::{ALLOW, Gateway};
use super::guard::{Guard, KEY, Start, call, notification, request};

pub(crate) const TESTS: &[Named] = &[
    ("a_session_through_the_guard_is_the_session_without_it", through_the_guard_is_as_without_it),
    ("what_is_no_message_and_what_nobody_asked_for_is_kept_back", noise_and_strays_are_kept_back),
    ("a_slow_scan_delays_nothing_else", a_slow_scan_delays_nothing_else),
    ("a_thousand_calls_at_once_are_answered_once_each_by_their_own_verdict", a_thousand_calls_at_once),
    ("the_upstream_has_the_environment_without_the_key", the_upstream_has_the_environment_without_the_key),
];

fn through_the_guard_is_as_without_it() {
    let gateway = Gateway::saying(ALLOW);
    let large = "é\\u0041😀x".repeat(100_000);
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let lines = [
            (request("0", "initialize", &format!(r#"{{"protocolVersion":"{version}"}}"#)), 1),
            (notification("notifications/initialized", "{}"), 0),
            (request("\"\\u0061\"", "tools/list", r#"{"cursor":"","_meta":{"vendor/k":1.10}}"#), 1),
            (request("9007199254740993", "no/such", r#"{"n":1e400}"#), 1),
            (notification("notifications/unknown", r#"{"n":1.10}"#), 0),
            (call("1", "echo", &format!(r#"{{"s":"{large}"}}"#)), 1),
            (call("2", "fail", "{}"), 1),
            (call("3", "break", "{}"), 1),
            (request("4", "tools/call", r#"{"name":"progress","_meta":{"progressToken":"t"}}"#), 2),
            (call("5", "ask", "{}"), 2),
            (r#"{"jsonrpc":"2.0","id":1,"result":{"roots":[]}}"#.to_owned(), 0),
            (r#"{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":""}}"#.to_owned(), 0),
            (request("6", "ping", "{}"), 1),
        ];
        let play = |mut guard: Guard| {
            let mut said = Vec::new();
            for (line, answers) in &lines {
                guard.write(line);
                said.extend((0..*answers).map(|_| guard.read()));
            }
            let end = guard.end();
            assert_eq!((end.rest.as_str(), end.code), ("", Some(0)));
            let reached = guard.reached();
            (said, reached.split_once('\n').unwrap().1.to_owned())
        };
        let direct = play(Guard::direct());
        assert!(direct.1.ends_with("eof\n"));
        assert_eq!(play(Guard::start(&gateway.address, &Start::default())), direct, "{version}");
    }
}

fn noise_and_strays_are_kept_back() {
    let gateway = Gateway::new(|asked| (!asked.contains("never")).then(|| (200, ALLOW.to_owned())));
    let mut guard = Guard::honest(&gateway.address);
    assert!(guard.ask(call("1", "noise", "{}")).contains("heard"));
    assert!(guard.ask(call("2", "twice", "{}")).contains("once"));
    assert!(guard.ask(call("3", "flood", "{}")).contains("flooded"));
    let end = guard.end();
    assert_eq!((end.rest.as_str(), end.code), ("", Some(0)));
    assert!(end.stderr.contains("no message at all"));
    assert!(end.stderr.len() > 1 << 20, "{}", end.stderr.len());
}

fn a_slow_scan_delays_nothing_else() {
    let gateway = Gateway::new(|asked| (!asked.contains("slow")).then(|| (200, ALLOW.to_owned())));
    let mut guard = Guard::honest(&gateway.address);
    guard.write(call("1", "echo", r#"{"slow":1}"#));
    gateway.next();
    assert!(guard.ask(call("2", "echo", "{}")).contains("\"id\":2"));
    assert!(guard.ask(request("3", "ping", "{}")).contains("\"id\":3"));
    assert!(guard.ask(call("1", "echo", "{}")).contains("still open"));
}

fn a_thousand_calls_at_once() {
    let gateway = Gateway::denying_secrets();
    let mut guard = Guard::honest(&gateway.address);
    let lines: Vec<String> = (0..1000)
        .map(|id| call(&id.to_string(), "echo", &format!("{{\"{}\":{id}}}", if id % 3 == 0 { "secret" } else { "n" })))
        .collect();
    // A client that reads nothing while it writes could fill both pipes.
    let (mut stdin, text) = (guard.take_stdin(), lines.join("\n") + "\n");
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()).map(|()| stdin));
    let answers: BTreeMap<u64, serde_json::Value> = (0..1000)
        .map(|_| serde_json::from_str::<serde_json::Value>(&guard.read()).unwrap())
        .map(|answer| (answer["id"].as_u64().unwrap(), answer))
        .collect();
    drop(writer.join());
    assert_eq!(answers.len(), 1000);
    for (id, answer) in answers {
        assert_eq!(answer["result"]["isError"], id % 3 == 0, "{answer}");
        let text = answer["result"]["content"][0]["text"].as_str().unwrap();
        assert!(id % 3 == 0 || text.contains(&format!("{{\"n\":{id}}}")), "{answer}");
    }
    assert!(guard.within(Duration::from_millis(100)).is_none());
}

fn the_upstream_has_the_environment_without_the_key() {
    let gateway = Gateway::saying(ALLOW);
    let mut guard = Guard::honest(&gateway.address);
    let answer = guard.ask(call("1", "environment", "{}"));
    assert!(answer.contains("KEPT=é=1"), "{answer}");
    assert!(!answer.contains(KEY) && !answer.contains("INTERVEN_API_KEY"), "{answer}");
    assert!(!guard.end().stderr.contains(KEY));
}
