//! The honest guard as a process, between a client that writes lines and a gateway written here by
//! hand: what crosses the wire, byte for byte. Never the sins; the conformance cases prove those.

#![expect(clippy::unwrap_used, reason = "what a test is made of fails as the test does, by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const KEY: &str = "iv_live_canary";

/// What a connection gets for its request.
enum Reply {
    Raw(String),
    Late(Duration, String),
    Never,
}

/// Answers each connection with the next of these replies and hands on what it was asked; after a
/// reply that never comes, also that the guard has hung up.
fn gateway(replies: Vec<Reply>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (asked, requests) = channel();
    std::thread::spawn(move || {
        for reply in replies {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                assert_ne!(reader.read_line(&mut head).unwrap(), 0, "the guard hung up: {head}");
            }
            let lower = head.to_ascii_lowercase();
            let length = lower.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()).unwrap();
            let mut body = vec![0; length.trim().parse().unwrap()];
            reader.read_exact(&mut body).unwrap();
            asked.send(head + std::str::from_utf8(&body).unwrap()).unwrap();
            match reply {
                Reply::Raw(text) => stream.write_all(text.as_bytes()).unwrap(),
                Reply::Late(delay, text) => {
                    std::thread::sleep(delay);
                    stream.write_all(text.as_bytes()).unwrap();
                }
                Reply::Never => {
                    let asked = asked.clone();
                    std::thread::spawn(move || {
                        let _ = stream.read(&mut [0]);
                        let _ = asked.send("hung up".into());
                    });
                }
            }
        }
    });
    (address, requests)
}

/// What the gateway saw next, which is due by now.
fn next(requests: &Receiver<String>) -> String {
    requests.recv_timeout(Duration::from_secs(10)).unwrap()
}

fn http(status: u16, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn reply(status: u16, body: &str) -> Reply {
    Reply::Raw(http(status, body))
}

struct Guard {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Guard {
    fn command() -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_faulty-guard"));
        command.env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn start(address: &str, extra: &[(&str, &str)]) -> Self {
        let mut command = Self::command();
        command.env("INTERVEN_API_KEY", KEY).env("INTERVEN_GATEWAY_URL", address).envs(extra.iter().copied());
        let mut child = command.spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, stdin, stdout }
    }

    fn write(&mut self, line: &str) {
        self.stdin.as_mut().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    fn read(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line
    }

    fn ask(&mut self, line: &str) -> String {
        self.write(line);
        self.read()
    }

    /// Closes stdin; returns what was still written, the exit code and stderr.
    fn end(mut self) -> (String, i32, String) {
        drop(self.stdin.take());
        let (mut rest, mut stderr) = (String::new(), String::new());
        self.stdout.read_to_string(&mut rest).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        (rest, self.child.wait().unwrap().code().unwrap(), stderr)
    }
}

fn scan(id: &str, rest: &str) -> String {
    let arguments = format!(r#"{{"tool_name":"slack","method":"POST","url":"https://slack.com/api"{rest}}}"#);
    call(id, "interven_scan", &arguments)
}

fn call(id: &str, tool: &str, arguments: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}}}}}"#
    )
}

/// The line that carries this verdict, with nothing between the client and the gateway's own bytes.
fn verdict(id: &str, verdict: &str) -> String {
    let text = serde_json::to_string(verdict).unwrap();
    format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{{\"content\":[{{\"type\":\"text\",\"text\":{text}}}],\
         \"structuredContent\":{verdict},\"isError\":false}}}}\n"
    )
}

#[test]
fn four_decisions_cross_byte_for_byte() {
    let verdicts = [
        r#"{"decision":"ALLOW","trace_id":"t-1","risk_score":0.10,"risk_band":"MED","new":{"a":[1e400]}}"#,
        r#"{"decision":"SANITIZE","sanitized_body":{"z":1.10,"a":18446744073709551616,"s":"\u00e9\/"}}"#,
        r#"{"decision":"DENY","reason_codes":["SECRETS","PII"]}"#,
        r#"{"decision":"REQUIRE_APPROVAL","approval_id":"a-1","approval_url":"https://x/a?b=%7e"}"#,
    ];
    let (address, requests) = gateway(verdicts.iter().map(|body| reply(200, body)).collect());
    let mut guard = Guard::start(&format!("{address}/base/"), &[]);
    let bodies = ["", r#","body":null"#, r#","body":{}"#, r#","body":{"b":2.50,"a":[-0,1e5],"é":"\u0041"}"#];
    let ids = ["0", "-1", "9007199254740993", r#""a\/b""#];
    for ((sent, body), id) in verdicts.iter().zip(bodies).zip(ids) {
        assert_eq!(guard.ask(&scan(id, body)), verdict(id, sent));
        let request = next(&requests);
        let (head, json) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /base/v1/scan HTTP/1.1\r\n"), "{head}");
        assert!(head.to_ascii_lowercase().contains(&format!("authorization: bearer {KEY}\r\n")), "{head}");
        let arguments = r#"{"tool_name":"slack","method":"POST","url":"https://slack.com/api""#;
        assert_eq!(json, format!(r#"{arguments}{body},"runtime_type":"mcp"}}"#));
    }
    let (rest, code, stderr) = guard.end();
    assert_eq!((rest.as_str(), code), ("", 0));
    assert!(!stderr.contains(KEY), "{stderr}");
}

#[test]
fn a_response_goes_back_under_its_trace() {
    let answer = r#"{"data_classes":["PII"],"fields_redacted_count":1}"#;
    let (address, requests) = gateway(vec![reply(200, answer)]);
    let mut guard = Guard::start(&address, &[]);
    let arguments = r#"{"trace_id":"t-1","response_body":{"n":1.0},"response_status":200}"#;
    assert_eq!(guard.ask(&call("1", "interven_scan_response", arguments)), verdict("1", answer));
    let request = next(&requests);
    assert!(request.starts_with("POST /v1/scan/response ") && request.ends_with(arguments), "{request}");
}

#[test]
fn a_scan_that_fails_is_an_error_and_is_asked_again_only_once() {
    let (address, requests) = gateway([500, 500, 401].map(|status| reply(status, r#"{"decision":"ALLOW"}"#)).into());
    let mut guard = Guard::start(&address, &[]);
    for _ in ["two answers of 500", "one of 401"] {
        let answer = guard.ask(&scan("1", ""));
        assert!(answer.ends_with("\"isError\":true}}\n") && !answer.contains("structuredContent"), "{answer}");
        assert!(!answer.contains("ALLOW"), "{answer}");
    }
    for _ in ["the 500", "the 500 again", "the 401"] {
        next(&requests);
    }
    assert!(requests.recv().is_err());
    let answer = guard.ask(&scan("2", ""));
    assert!(answer.contains("refused the connection"), "{answer}");
}

#[test]
fn the_budget_covers_the_retry_too() {
    let late = Reply::Late(Duration::from_millis(1200), http(500, ""));
    let (address, _requests) = gateway(vec![late, Reply::Never]);
    let mut guard = Guard::start(&address, &[("INTERVEN_SCAN_TIMEOUT_MS", "1500")]);
    let started = Instant::now();
    let answer = guard.ask(&scan("1", ""));
    assert!(answer.contains("did not answer in time"), "{answer}");
    // A budget per attempt would end after 2700 ms.
    assert!(started.elapsed() < Duration::from_millis(2500), "{:?}", started.elapsed());
}

#[test]
fn a_redirect_takes_neither_key_nor_body_along() {
    let (elsewhere, followed) = gateway(vec![reply(200, r#"{"decision":"ALLOW"}"#)]);
    for status in [301, 302, 303, 307, 308] {
        let redirect = format!("HTTP/1.1 {status} X\r\nlocation: {elsewhere}/v1/scan\r\ncontent-length: 0\r\n\r\n");
        let (address, _requests) = gateway(vec![Reply::Raw(redirect)]);
        let answer = Guard::start(&address, &[]).ask(&scan("1", ""));
        assert!(answer.contains(&format!("status {status}; that is a redirect")), "{answer}");
    }
    assert!(followed.try_recv().is_err());
}

#[test]
fn a_slow_scan_blocks_nothing_and_a_cancelled_one_is_not_answered() {
    let (address, requests) = gateway(vec![Reply::Never, reply(200, r#"{"decision":"DENY"}"#)]);
    let mut guard = Guard::start(&address, &[]);
    guard.write(&scan("1", ""));
    next(&requests);
    assert_eq!(
        guard.ask(r#"{"jsonrpc":"2.0","id":2,"method":"ping"}"#),
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}\n"
    );
    assert!(guard.ask(&scan("1", "")).contains("still open"));
    guard.write(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#);
    assert_eq!(next(&requests), "hung up");
    assert_eq!(guard.ask(&scan("3", "")), verdict("3", r#"{"decision":"DENY"}"#));
    let started = Instant::now();
    let (rest, code, _) = guard.end();
    assert_eq!((rest.as_str(), code), ("", 0));
    assert!(started.elapsed() < Duration::from_secs(1), "waited for a call that was cancelled");
}

#[test]
fn work_that_ends_soon_after_stdin_closed_is_answered() {
    let (address, requests) = gateway(vec![reply(200, r#"{"decision":"ALLOW"}"#), Reply::Never]);
    let mut guard = Guard::start(&address, &[]);
    guard.write(&scan("1", ""));
    let (rest, code, _) = guard.end();
    assert_eq!((rest, code), (verdict("1", r#"{"decision":"ALLOW"}"#), 0));
    let mut guard = Guard::start(&address, &[]);
    next(&requests);
    guard.write(&scan("1", ""));
    next(&requests);
    let started = Instant::now();
    let (rest, code, _) = guard.end();
    assert_eq!((rest.as_str(), code), ("", 0));
    assert!(started.elapsed() < Duration::from_secs(10), "waited for a gateway that never answers");
}

#[test]
fn what_is_wrong_at_start_is_one_line_and_exit_2() {
    for (arguments, key, budget, named) in [
        ("", "", "", "INTERVEN_API_KEY"),
        ("", KEY, "soon", "INTERVEN_SCAN_TIMEOUT_MS"),
        ("--sin sloth", KEY, "", "sloth"),
        ("--sin", KEY, "", "usage"),
    ] {
        let mut command = Guard::command();
        command.args(arguments.split_whitespace());
        command.env("INTERVEN_API_KEY", key).env("INTERVEN_SCAN_TIMEOUT_MS", budget);
        let output = command.output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(named) && stderr.lines().count() == 1 && output.stdout.is_empty(), "{stderr}");
    }
}

#[test]
fn the_list_names_each_sin_and_what_it_does() {
    let output = Guard::command().arg("--list").output().unwrap();
    let list = String::from_utf8(output.stdout).unwrap();
    assert!(list.lines().all(|line| line.split_once(": ").is_some_and(|(_, does)| !does.is_empty())), "{list}");
    assert!(list.contains("deny-as-allow: answers ALLOW when the gateway said DENY\n"), "{list}");
}
