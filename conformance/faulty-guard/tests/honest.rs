//! The honest guard as a process, between a client that writes lines and a gateway written here by
//! hand: what crosses the wire, byte for byte. Never the sins; the conformance cases prove those.

#![expect(clippy::unwrap_used, reason = "what a test is made of fails as the test does, by panicking")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const KEY: &str = "iv_live_canary";
/// The newest version with a handshake.
const NEWEST: &str = "2025-11-25";

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
    stdout: Receiver<String>,
}

impl Guard {
    fn command() -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_faulty-guard"));
        command.env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// A guard whose client has agreed with it on this version.
    fn opened(address: &str, extra: &[(&str, &str)], version: &str) -> Self {
        let mut guard = Self::start(address, extra);
        let params = format!(r#"{{"protocolVersion":"{version}","capabilities":{{}},"clientInfo":{{}}}}"#);
        let answer = guard.ask(request("0", "initialize", &params));
        assert!(answer.contains(&format!("\"protocolVersion\":\"{version}\"")), "{answer}");
        guard
    }

    fn start(address: &str, extra: &[(&str, &str)]) -> Self {
        let mut command = Self::command();
        command.env("INTERVEN_API_KEY", KEY).env("INTERVEN_GATEWAY_URL", address).envs(extra.iter().copied());
        let mut child = command.spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let (said, lines) = channel();
        std::thread::spawn(move || stdout.lines().try_for_each(|line| said.send(line.unwrap() + "\n")));
        Self { child, stdin, stdout: lines }
    }

    fn write(&mut self, line: impl AsRef<[u8]>) {
        self.stdin.as_mut().unwrap().write_all(&[line.as_ref(), b"\n"].concat()).unwrap();
    }

    fn read(&mut self) -> String {
        self.stdout.recv_timeout(Duration::from_secs(10)).expect("an answer is due")
    }

    fn ask(&mut self, line: impl AsRef<[u8]>) -> String {
        self.write(line);
        self.read()
    }

    /// Asks, and takes the answer apart.
    fn look(&mut self, line: impl AsRef<[u8]>) -> Value {
        let answer = self.ask(line);
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
    }

    /// Closes stdin; returns what was still written, the exit code and stderr.
    fn end(mut self) -> (String, i32, String) {
        drop(self.stdin.take());
        let (rest, mut stderr) = (self.stdout.iter().collect(), String::new());
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        (rest, self.child.wait().unwrap().code().unwrap(), stderr)
    }
}

fn scan(id: &str, rest: &str) -> String {
    let arguments = format!(r#"{{"tool_name":"slack","method":"POST","url":"https://slack.com/api"{rest}}}"#);
    call(id, "interven_scan", &arguments)
}

fn call(id: &str, tool: &str, arguments: &str) -> String {
    request(id, "tools/call", &format!(r#"{{"name":"{tool}","arguments":{arguments}}}"#))
}

fn request(id: &str, method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#)
}

/// The request that names the stateless version, as such a request must.
fn stateless(line: &str) -> String {
    let meta = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;
    let separator = if line.contains(r#""params":{}"#) { "" } else { "," };
    line.replacen(r#""params":{"#, &format!(r#""params":{{{meta}{separator}"#), 1)
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
    let mut guard = Guard::opened(&format!("{address}/base/"), &[], NEWEST);
    let bodies = ["", r#","body":null"#, r#","body":{}"#, r#","body":{"b":2.50,"a":[-0,1e5],"é":"\u0041"}"#];
    let ids = ["0", "-1", "9007199254740993", r#""a\/b""#];
    for ((sent, body), id) in verdicts.iter().zip(bodies).zip(ids) {
        assert_eq!(guard.ask(scan(id, body)), verdict(id, sent));
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
    let mut guard = Guard::opened(&address, &[], NEWEST);
    let arguments = r#"{"trace_id":"t-1","response_body":{"n":1.0},"response_status":200}"#;
    assert_eq!(guard.ask(call("1", "interven_scan_response", arguments)), verdict("1", answer));
    let request = next(&requests);
    assert!(request.starts_with("POST /v1/scan/response ") && request.ends_with(arguments), "{request}");
}

#[test]
fn a_scan_that_fails_is_an_error_and_is_asked_again_only_once() {
    let (address, requests) = gateway([500, 500, 401].map(|status| reply(status, r#"{"decision":"ALLOW"}"#)).into());
    let mut guard = Guard::opened(&address, &[], NEWEST);
    for _ in ["two answers of 500", "one of 401"] {
        let answer = guard.ask(scan("1", ""));
        assert!(answer.ends_with("\"isError\":true}}\n") && !answer.contains("structuredContent"), "{answer}");
        assert!(!answer.contains("ALLOW"), "{answer}");
    }
    for _ in ["the 500", "the 500 again", "the 401"] {
        next(&requests);
    }
    assert!(requests.recv().is_err());
    let answer = guard.ask(scan("2", ""));
    assert!(answer.contains("refused the connection"), "{answer}");
}

#[test]
fn the_budget_covers_the_retry_too() {
    let late = Reply::Late(Duration::from_millis(1200), http(500, ""));
    let (address, _requests) = gateway(vec![late, Reply::Never]);
    let mut guard = Guard::opened(&address, &[("INTERVEN_SCAN_TIMEOUT_MS", "1500")], NEWEST);
    let started = Instant::now();
    let answer = guard.ask(scan("1", ""));
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
        let answer = Guard::opened(&address, &[], NEWEST).ask(scan("1", ""));
        assert!(answer.contains(&format!("status {status}; that is a redirect")), "{answer}");
    }
    assert!(followed.try_recv().is_err());
}

#[test]
fn a_slow_scan_blocks_nothing_and_a_cancelled_one_is_not_answered() {
    let (address, requests) = gateway(vec![Reply::Never, reply(200, r#"{"decision":"DENY"}"#)]);
    let mut guard = Guard::opened(&address, &[], NEWEST);
    guard.write(scan("1", ""));
    next(&requests);
    assert_eq!(
        guard.ask(r#"{"jsonrpc":"2.0","id":2,"method":"ping"}"#),
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}\n"
    );
    assert!(guard.ask(scan("1", "")).contains("still open"));
    guard.write(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#);
    assert_eq!(next(&requests), "hung up");
    assert_eq!(guard.ask(scan("3", "")), verdict("3", r#"{"decision":"DENY"}"#));
    let started = Instant::now();
    let (rest, code, _) = guard.end();
    assert_eq!((rest.as_str(), code), ("", 0));
    assert!(started.elapsed() < Duration::from_secs(1), "waited for a call that was cancelled");
}

#[test]
fn work_that_ends_soon_after_stdin_closed_is_answered() {
    let (address, requests) = gateway(vec![reply(200, r#"{"decision":"ALLOW"}"#), Reply::Never]);
    let mut guard = Guard::opened(&address, &[], NEWEST);
    guard.write(scan("1", ""));
    let (rest, code, _) = guard.end();
    assert_eq!((rest, code), (verdict("1", r#"{"decision":"ALLOW"}"#), 0));
    let mut guard = Guard::opened(&address, &[], NEWEST);
    next(&requests);
    guard.write(scan("1", ""));
    next(&requests);
    let started = Instant::now();
    let (rest, code, _) = guard.end();
    assert_eq!((rest.as_str(), code), ("", 0));
    assert!(started.elapsed() < Duration::from_secs(10), "waited for a gateway that never answers");
}

#[test]
fn what_is_wrong_at_start_is_one_line_and_exit_2() {
    let variable = |name, value| ("", [("INTERVEN_API_KEY", KEY), (name, value)], name);
    for (arguments, environment, named) in [
        variable("INTERVEN_API_KEY", ""),
        variable("INTERVEN_SCAN_TIMEOUT_MS", "soon"),
        variable("INTERVEN_GATEWAY_URL", "not a url"),
        variable("INTERVEN_GATEWAY_URL", "http://gateway.test"),
        ("--sin sloth", [("INTERVEN_API_KEY", KEY); 2], "sloth"),
        ("--sin", [("INTERVEN_API_KEY", KEY); 2], "usage"),
    ] {
        let output = Guard::command().args(arguments.split_whitespace()).envs(environment).output().unwrap();
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

#[test]
fn a_batch_gets_one_line_where_its_version_has_batches() {
    let (address, requests) = gateway(vec![reply(200, r#"{"decision":"DENY"}"#), Reply::Never]);
    let mut guard = Guard::opened(&address, &[], "2025-03-26");
    let notification = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    let batch = [
        notification,
        &scan("1", ""),
        &request("2", "ping", "{}"),
        "7",
        &request("3", "initialize", r#"{"protocolVersion":"2025-11-25"}"#),
        &stateless(&request("4", "tools/list", "{}")),
    ];
    let answers = guard.look(format!("[{}]", batch.join(",")));
    let of = |id: Value| answers.as_array().unwrap().iter().filter(|answer| answer["id"] == id).collect::<Vec<_>>();
    assert_eq!(of(json!(1))[0]["result"]["structuredContent"]["decision"], "DENY");
    assert_eq!(of(json!(2)), [&json!({ "jsonrpc": "2.0", "id": 2, "result": {} })]);
    for refused in [Value::Null, json!(3), json!(4)] {
        assert_eq!(of(refused)[0]["error"]["code"], -32600);
    }
    assert_eq!(answers.as_array().unwrap().len(), 5);
    next(&requests);

    guard.write(format!("[{notification},{notification}]"));
    assert_eq!(guard.look("[]")["error"]["code"], -32600);
    guard.write(format!("[{},{}]", scan("5", ""), request("6", "ping", "{}")));
    next(&requests);
    guard.write(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}}"#);
    assert_eq!(guard.read(), "[{\"jsonrpc\":\"2.0\",\"id\":6,\"result\":{}}]\n");
    assert_eq!(guard.end().0, "");
}

#[test]
fn elsewhere_a_batch_is_refused_whole() {
    for version in ["2024-11-05", "2025-06-18", NEWEST, "2026-07-28"] {
        let (address, requests) = gateway(vec![reply(200, r#"{"decision":"ALLOW"}"#)]);
        let (mut guard, line) = match version {
            "2026-07-28" => (Guard::start(&address, &[]), stateless(&scan("1", ""))),
            _ => (Guard::opened(&address, &[], version), scan("1", "")),
        };
        let answer = guard.look(format!("[{line},{line}]"));
        assert_eq!((&answer["error"]["code"], answer.get("id")), (&json!(-32600), None), "{version}");
        assert_eq!(guard.end().0, "");
        assert!(requests.try_recv().is_err(), "{version}");
    }
}

#[test]
fn the_stateless_version_needs_nothing_before_and_minds_nothing() {
    let denied = r#"{"decision":"DENY","risk_score":0.90}"#;
    for open in [|address: &str| Guard::start(address, &[]), |address: &str| Guard::opened(address, &[], NEWEST)] {
        let (address, _requests) = gateway(vec![reply(200, denied), reply(400, "")]);
        let mut guard = open(&address);
        for (method, params, hints) in [
            (
                "tools/call",
                r#"{"name":"interven_scan","arguments":{"tool_name":"t","method":"GET","url":"http://h"}}"#,
                false,
            ),
            (
                "tools/call",
                r#"{"name":"interven_scan","arguments":{"tool_name":"t","method":"GET","url":"http://h"}}"#,
                false,
            ),
            ("server/discover", "{}", true),
            ("tools/list", "{}", true),
            ("resources/list", "{}", true),
            ("resources/read", r#"{"uri":"interven://about"}"#, true),
        ] {
            let result = guard.look(stateless(&request("1", method, params)))["result"].take();
            assert_eq!(result["resultType"], "complete", "{method}");
            assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "faulty-guard", "{method}");
            let has = ["ttlMs", "cacheScope"].map(|hint| result.get(hint).is_some());
            assert_eq!(has, [hints; 2], "{method}");
        }
        for gone in ["ping", "initialize", "logging/setLevel", "no/such"] {
            assert_eq!(guard.look(stateless(&request("1", gone, "{}")))["error"]["code"], -32601, "{gone}");
        }
        let unknown = stateless(&request("1", "resources/read", r#"{"uri":"interven://other"}"#));
        assert_eq!(guard.look(unknown)["error"]["code"], -32602);
        let whole = stateless(&request("1", "tools/list", "{}"));
        let error = guard.look(whole.replace("2026-07-28", "2099-01-01"))["error"].take();
        assert_eq!((&error["code"], &error["data"]["requested"]), (&json!(-32022), &json!("2099-01-01")));
        for member in ["protocolVersion", "clientCapabilities"] {
            assert_eq!(guard.look(whole.replace(member, "x"))["error"]["code"], -32602, "{member}");
        }
    }
}

#[test]
fn a_handshake_version_knows_nothing_of_the_stateless_one() {
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", NEWEST] {
        let mut guard = Guard::opened("http://127.0.0.1:9", &[], version);
        for method in ["tools/list", "resources/list", "ping"] {
            let result = guard.look(request("1", method, "{}"))["result"].take();
            let added = ["resultType", "_meta", "ttlMs", "cacheScope"].map(|member| result.get(member).is_some());
            assert_eq!((result.is_object(), added), (true, [false; 4]), "{version} {method}");
        }
        let unknown = request("1", "resources/read", r#"{"uri":"interven://other"}"#);
        assert_eq!(guard.look(unknown)["error"]["code"], -32002);
    }
}

#[test]
fn a_line_that_two_readers_could_read_differently_is_refused_and_never_asked_about() {
    let (address, requests) = gateway(vec![reply(200, r#"{"decision":"ALLOW"}"#)]);
    let mut guard = Guard::opened(&address, &[], NEWEST);
    let whole = scan("1", r#","body":{"a":1}"#);
    let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    for line in [
        format!("\u{feff}{whole}").into_bytes(),
        format!("{whole}\r{whole}").into_bytes(),
        whole.replace("\"a\":1", "\"a\":\"\u{0}\"").into_bytes(),
        [&whole.as_bytes()[..whole.len() - 6], b"\"\xff\"}}}"].concat(),
        whole.replace(r#""url""#, r#""url":"https://b.example/","url""#).into_bytes(),
        whole.replace(":1}", ":NaN}").into_bytes(),
        whole.replace(":1}", ":-Infinity}").into_bytes(),
        whole.replace(":1}", &format!(":{deep}}}")).into_bytes(),
    ] {
        let answer = guard.look(&line);
        assert!(answer["error"]["code"].is_i64(), "{}: {answer}", String::from_utf8_lossy(&line));
    }
    assert!(guard.ask(request("2", "ping", "{}") + "\r").contains("\"result\""));
    guard.stdin.as_mut().unwrap().write_all(whole.as_bytes()).unwrap();
    let (rest, code, _) = guard.end();
    assert_eq!((rest.as_str(), code), ("", 0));
    assert!(requests.try_recv().is_err());
}

#[test]
fn deep_and_large_bodies_are_asked_about_as_they_are() {
    let deep = format!("{}1{}", "[".repeat(64), "]".repeat(64));
    let large = format!("\"{}\"", "x".repeat(1_000_000));
    let (address, requests) = gateway([0; 2].map(|_| reply(200, r#"{"decision":"DENY"}"#)).into());
    let mut guard = Guard::opened(&address, &[], NEWEST);
    for body in [deep, large] {
        let answer = guard.ask(scan("1", &format!(",\"body\":{body}")));
        assert_eq!(answer, verdict("1", r#"{"decision":"DENY"}"#));
        assert!(next(&requests).contains(&format!("\"body\":{body},")));
    }
}

#[test]
fn a_thousand_calls_at_once_are_answered_once_each() {
    let late = Reply::Late(Duration::from_millis(300), http(200, r#"{"decision":"DENY","trace_id":"0"}"#));
    let verdicts = (1..1000).map(|number| reply(200, &format!(r#"{{"decision":"DENY","trace_id":"{number}"}}"#)));
    let (address, _requests) = gateway([late].into_iter().chain(verdicts).collect());
    let mut guard = Guard::opened(&address, &[], NEWEST);
    let lines: Vec<String> = (0..1000).map(|id| scan(&id.to_string(), "")).collect();
    // A client that reads nothing while it writes could fill both pipes.
    let (mut stdin, text) = (guard.stdin.take().unwrap(), lines.join("\n") + "\n");
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()).map(|()| stdin));
    let answers: Vec<Value> = lines.iter().map(|_| serde_json::from_str(&guard.read()).unwrap()).collect();
    guard.stdin = Some(writer.join().unwrap().unwrap());
    for member in ["/id", "/result/structuredContent/trace_id"] {
        let seen: BTreeSet<String> = answers.iter().map(|answer| answer.pointer(member).unwrap().to_string()).collect();
        assert_eq!(seen.len(), 1000, "{member}");
    }
}

#[test]
fn stdin_may_close_at_any_moment() {
    let opening = request("0", "initialize", r#"{"protocolVersion":"2025-11-25"}"#);
    for (text, answers) in [("", 0), ("{\"js", 0), ("{}\n", 1), (&format!("{opening}\n"), 1)] {
        let mut guard = Guard::start("http://127.0.0.1:9", &[]);
        guard.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
        let (rest, code, _) = guard.end();
        assert_eq!((rest.lines().count(), code), (answers, 0), "{text}");
    }
}

#[test]
fn fail_open_lets_through_what_nobody_could_decide() {
    let open = [("INTERVEN_FAIL_OPEN", "1")];
    let refused = Guard::opened("http://127.0.0.1:9", &open, NEWEST).ask(scan("1", ""));
    assert_eq!(refused, verdict("1", r#"{"decision":"ALLOW","reason_codes":["GATEWAY_UNREACHABLE"]}"#));
    for status in [401, 413, 429] {
        let (address, _requests) = gateway(vec![reply(status, "{}")]);
        let answer = Guard::opened(&address, &open, NEWEST).look(scan("1", ""));
        assert_eq!((&answer["result"]["isError"], answer["result"].get("structuredContent")), (&json!(true), None));
    }
}
