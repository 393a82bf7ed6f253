//! How a session ends: by the client, by the upstream, by a signal.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::Named;
use super::gateway::{ALLOW, Gateway};
use super::guard::{Guard, Start, call, request};

pub(crate) const TESTS: &[Named] = &[
    ("an_upstream_that_dies_is_mourned_with_its_own_exit_code", an_upstream_that_dies_is_mourned),
    ("a_stubborn_upstream_is_gone_with_all_it_started", a_stubborn_upstream_is_gone),
    ("a_guard_that_is_killed_takes_its_upstream_along", a_guard_that_is_killed_takes_its_upstream_along),
    ("a_guard_that_is_told_to_end_does", a_guard_that_is_told_to_end_does),
    ("what_ends_soon_after_stdin_closed_is_answered_and_nothing_new_runs", the_end_answers_and_runs_nothing),
    ("a_batch_of_which_a_part_is_answered_is_told_at_the_end", a_part_of_a_batch_is_told_at_the_end),
    ("what_cannot_be_started_is_said", what_cannot_be_started_is_said),
];

fn an_upstream_that_dies_is_mourned() {
    for (tool, code) in [("crash", 7), ("abort", 1)] {
        let gateway = Gateway::new(|asked| (!asked.contains("slow")).then(|| (200, ALLOW.to_owned())));
        let mut guard = Guard::honest(&gateway.address);
        guard.write(call("1", "never", r#"{"mark":1}"#));
        guard.await_reached("mark");
        guard.write(call("2", "echo", r#"{"slow":1}"#));
        guard.write(call("3", tool, "{}"));
        let mut answers: Vec<_> = (0..3).map(|_| guard.read()).collect();
        answers.sort();
        for (answer, id) in answers.iter().zip(1..) {
            assert!(answer.starts_with(&format!(r#"{{"jsonrpc":"2.0","id":{id},"error":"#)), "{answer}");
        }
        assert_eq!(guard.child.wait().unwrap().code(), Some(code));
    }
}

fn stubborn(gateway: &Gateway) -> Guard {
    let guard = Guard::start(
        &gateway.address,
        &Start { version: Some("2025-11-25"), traits: &["stubborn"], ..Start::default() },
    );
    assert_eq!(guard.survivors().len(), 2);
    guard
}

fn a_stubborn_upstream_is_gone() {
    let gateway = Gateway::saying(ALLOW);
    let mut guard = stubborn(&gateway);
    let started = Instant::now();
    assert_eq!(guard.end().code, Some(0));
    let took = started.elapsed();
    assert!(took > Duration::from_secs(2) && took < Duration::from_secs(6), "{took:?}");
    guard.await_nobody();
}

fn a_guard_that_is_killed_takes_its_upstream_along() {
    let gateway = Gateway::saying(ALLOW);
    let mut guard = stubborn(&gateway);
    guard.child.kill().unwrap();
    guard.child.wait().unwrap();
    let started = Instant::now();
    // What the upstream itself has started is beyond the guard once it is dead.
    while guard.survivors().len() > 1 {
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", guard.survivors());
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn a_guard_that_is_told_to_end_does() {
    let gateway = Gateway::saying(ALLOW);
    let mut guard = Guard::honest(&gateway.address);
    kill_process(Pid::from_child(&guard.child), Signal::TERM).unwrap();
    assert_eq!(guard.child.wait().unwrap().code(), Some(0));
    guard.await_reached("eof");
    guard.await_nobody();
}

fn the_end_answers_and_runs_nothing() {
    let gateway = Gateway::new(|asked| {
        std::thread::sleep(Duration::from_millis(500));
        let verdict = if asked.contains("secret") { r#"{"decision":"DENY","reason_codes":["X"]}"# } else { ALLOW };
        Some((200, verdict.to_owned()))
    });
    let mut guard = Guard::honest(&gateway.address);
    guard.write(call("1", "echo", r#"{"mark":1}"#));
    guard.write(call("2", "echo", r#"{"secret":1}"#));
    gateway.next();
    gateway.next();
    guard.write(request("3", "no/answer", "{}"));
    let end = guard.end();
    assert_eq!(end.code, Some(0));
    assert!(!guard.reached().contains("mark"), "{}", guard.reached());
    let count = |text: &str| end.rest.lines().filter(|line| line.contains(text)).count();
    assert_eq!((count(r#""isError":true"#), count(r#""id":3,"error""#), count("")), (2, 1, 3), "{}", end.rest);
}

fn a_part_of_a_batch_is_told_at_the_end() {
    let gateway = Gateway::new(|asked| (!asked.contains("silent")).then(|| (200, ALLOW.to_owned())));
    let mut guard = Guard::start(&gateway.address, &Start { version: Some("2025-03-26"), ..Start::default() });
    guard.write(format!("[{},{}]", call("1", "echo", r#"{"silent":1}"#), call("2", "echo", r#"{"mark":1}"#)));
    guard.await_reached("mark");
    let end = guard.end();
    assert!(end.rest.starts_with(r#"[{"jsonrpc":"2.0","id":2,"result""#), "{}", end.rest);
    assert_eq!(end.rest.lines().count(), 1);
}

fn what_cannot_be_started_is_said() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_faulty-guard"));
    command.env("INTERVEN_API_KEY", "iv_live_x").args(["proxy", "--", "/no/such/server"]);
    // A client that has left already would be why it ended.
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stdin = child.stdin.take();
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    assert_eq!(output.status.code(), Some(127));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/no/such/server cannot be started"));
}
