//! How a session ends: by the client, by the server, by a signal; and what is left behind.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::client::{Client, KEY, Setting, meta};
use crate::gateway::Gateway;

fn session(gateway: &Gateway, how: &str) -> Client {
    let uri = gateway.uri();
    let mut client = Setting { gateway: Some(&uri), variables: &[], how }.start();
    client.open("2025-11-25", "{}");
    client
}

fn lives(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.contains("State:") && !status.contains("State:\tZ")
}

fn is_gone(pid: &str) -> bool {
    let begun = Instant::now();
    while lives(pid) {
        if begun.elapsed() > Duration::from_secs(5) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    true
}

/// The process that this one has started.
fn child_of(pid: u32) -> String {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    children.split_whitespace().next().expect("the guard has a server").to_owned()
}

fn text(answer: &Value) -> &str {
    answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}"))
}

pub(crate) fn the_end_of_the_server_answers_all_and_passes_its_code_on() {
    let gateway = Gateway::allowing();
    let mut client = session(&gateway, "");
    client.call("1", "silent", "{}", "");
    client.call("2", "silent", "{}", &format!(",{}", meta("{}")));
    client.say(r#"{"jsonrpc":"2.0","id":3,"method":"ping"}"#);
    assert_eq!(client.hear()["id"], 3);
    while client.reached().len() < 3 {
        std::thread::sleep(Duration::from_millis(5));
    }
    client.call("4", "crash", "{}", "");
    let answers = [client.hear(), client.hear(), client.hear()]
        .map(|answer| (answer["id"].clone(), answer["error"]["code"].clone()));
    assert_eq!(answers, [(json!(1), json!(-32000)), (json!(2), json!(-32603)), (json!(4), json!(-32000))]);
    let begun = Instant::now();
    while client.is_running() {
        assert!(begun.elapsed() < Duration::from_secs(5), "the guard ends with its server");
        std::thread::sleep(Duration::from_millis(5));
    }
    let end = client.end();
    assert_eq!((end.code, end.rest.len()), (Some(3), 0));
    assert!(end.stderr.contains("the server has ended: exit status: 3"), "{}", end.stderr);
}

fn guard(arguments: &[&str]) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-guard"));
    command.env_clear().env("INTERVEN_API_KEY", KEY).env("INTERVEN_GATEWAY_URL", "http://127.0.0.1:9");
    command.args(arguments).stdin(Stdio::null()).output().unwrap()
}

pub(crate) fn a_server_that_cannot_start_is_told() {
    let output = guard(&["proxy", "--", "/no/such/server", "x"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(127));
    assert!(said.contains("mcp-guard: `/no/such/server` was not found; check the command"), "{said}");
    let output = guard(&["proxy", "--", "/"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(126));
    assert!(said.contains("`/` cannot be run: "), "{said}");
    let gateway = Gateway::allowing();
    let uri = gateway.uri();
    let mut client = Setting { gateway: Some(&uri), variables: &[], how: "exits" }.start();
    client.close_stdin();
    assert_eq!(client.end().code, Some(7));
}

pub(crate) fn a_stubborn_server_is_ended_with_its_children() {
    let gateway = Gateway::allowing();
    let mut client = session(&gateway, "stubborn");
    client.call("1", "spawn", "{}", "");
    let grandchild = text(&client.hear()).to_owned();
    let server = child_of(client.pid());
    assert!(lives(&grandchild) && lives(&server));
    let begun = Instant::now();
    let end = client.end();
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(end.code, Some(0), "{}", end.stderr);
    assert!(!lives(&grandchild) && !lives(&server), "nothing is left behind");
}

pub(crate) fn the_server_ends_with_the_guard() {
    let gateway = Gateway::allowing();
    let client = session(&gateway, "stubborn");
    let server = child_of(client.pid());
    drop(client);
    assert!(is_gone(&server), "a guard that is killed takes its server along");
}

pub(crate) fn a_signal_ends_both() {
    let gateway = Gateway::allowing();
    for (how, signal, code) in [("", "-TERM", 143), ("stubborn", "-INT", 130), ("", "-HUP", 129)] {
        let mut client = session(&gateway, how);
        client.call("1", "spawn", "{}", "");
        let grandchild = text(&client.hear()).to_owned();
        client.call("2", "silent", "{}", "");
        while client.reached().len() < 2 {
            std::thread::sleep(Duration::from_millis(5));
        }
        let server = child_of(client.pid());
        assert!(Command::new("kill").args([signal, &client.pid().to_string()]).status().unwrap().success());
        assert_eq!(client.hear()["error"]["code"], -32000);
        assert_eq!(client.end().code, Some(code));
        assert!(is_gone(&server) && is_gone(&grandchild));
    }
}

pub(crate) fn the_key_is_nowhere() {
    let gateway = Gateway::allowing();
    let uri = gateway.uri();
    let variables = [("MY_OWN", "kept"), ("BACKUP_KEY", KEY), ("INTERVEN_AGENT_ID", "agent")];
    let mut client = Setting { gateway: Some(&uri), variables: &variables, how: "" }.start();
    client.open("2025-11-25", "{}");
    client.call("1", "environment", "{}", "");
    let seen: Value = serde_json::from_str(text(&client.hear())).unwrap();
    assert!(!seen.to_string().contains(KEY) && !seen.to_string().contains("INTERVEN_"), "{seen}");
    assert_eq!(seen["variables"]["MY_OWN"], "kept");
    assert_eq!(seen["arguments"].as_array().unwrap().len(), 3, "its own and no more");
    client.call("2", "read the guard", "{}", "");
    let read = text(&client.hear()).to_owned();
    let is_root = std::fs::read_to_string("/proc/self/status").unwrap().contains("\nUid:\t0\t");
    assert!(is_root || read.contains("PermissionDenied"), "{read}");
    let end = client.end();
    assert!(end.rest.iter().chain([&end.stderr]).all(|line| !line.contains(KEY)));

    let output = guard(&["proxy", "--", "server", &format!("--key={KEY}")]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(said, "mcp-guard: the command behind `--` holds the gateway key; a server must not have it\n");
}

pub(crate) fn what_ends_soon_is_answered_and_nothing_new_runs() {
    let gateway = Gateway::silent();
    gateway.scan_with(|request: &wiremock::Request| {
        let late = String::from_utf8_lossy(&request.body).contains("late scan");
        let answer = ResponseTemplate::new(200).set_body_json(json!({ "decision": "ALLOW" }));
        answer.set_delay(Duration::from_millis(if late { 400 } else { 0 }))
    });
    let mut client = session(&gateway, "");
    client.call("1", "slow", r#"{"ms":700}"#, "");
    while client.reached().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    client.call("2", "echo", r#"{"a":"late scan"}"#, "");
    gateway.wait_for("/v1/scan", 2);
    client.close_stdin();
    let answers: [Value; 2] = [client.hear(), client.hear()];
    assert!(answers[0]["id"] == 2 && answers[0]["result"]["isError"] == true, "{answers:?}");
    assert!(text(&answers[0]).contains("session ended"));
    assert_eq!(answers[1], json!({ "jsonrpc": "2.0", "id": 1, "result": { "content": [] } }));
    assert_eq!(client.reached().len(), 1, "nothing new is handed on");
    let begun = Instant::now();
    let end = client.end();
    assert_eq!((end.code, end.rest.len()), (Some(0), 0), "{}", end.stderr);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

pub(crate) fn a_deaf_server_holds_nobody() {
    let gateway = Gateway::allowing();
    let uri = gateway.uri();
    let mut client = Setting { gateway: Some(&uri), variables: &[], how: "deaf" }.start();
    let long = format!(r#"{{"jsonrpc":"2.0","method":"notifications/x","params":{{"x":"{}"}}}}"#, "x".repeat(1 << 20));
    let begun = Instant::now();
    for _ in 0..8 {
        client.say(&long);
    }
    client.say("garbage");
    assert_eq!(client.hear()["error"]["code"], -32700, "the guard itself still hears");
    let end = client.end();
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    assert_eq!(end.code, Some(0));
}

pub(crate) fn a_client_that_reads_nothing_can_leave() {
    let gateway = Gateway::allowing();
    let upstream = std::env::current_exe().unwrap();
    let mut guard = Command::new(env!("CARGO_BIN_EXE_mcp-guard"))
        .env_clear()
        .env("INTERVEN_API_KEY", KEY)
        .env("INTERVEN_GATEWAY_URL", gateway.uri())
        .args(["proxy", "--"])
        .arg(upstream)
        .arg("upstream")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = guard.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        let line = |id: u64| {
            format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"vendor/x\",\"params\":{{\"x\":\"0123456789\"}}}}\n")
        };
        (0..).all(|id| std::io::Write::write_all(&mut stdin, line(id).as_bytes()).is_ok())
    });
    std::thread::sleep(Duration::from_millis(500));
    let server = child_of(guard.id());
    let resident = std::fs::read_to_string(format!("/proc/{}/statm", guard.id())).unwrap();
    let pages: usize = resident.split(' ').nth(1).unwrap().parse().unwrap();
    assert!(pages * 4096 < 100 << 20, "{pages} pages are held for a client that does not read");
    drop(guard.stdout.take());
    assert_eq!(guard.wait().unwrap().code(), Some(1), "stdout is broken");
    assert!(is_gone(&server));
    assert!(!writer.join().unwrap(), "it was still writing");
}

pub(crate) fn the_command_line_is_told_what_it_lacks() {
    for (arguments, line) in [
        (&["proxy"][..], "`proxy` needs the server's command behind `--`, as in `mcp-guard proxy -- COMMAND ARGS…`"),
        (&["proxy", "--"], "`proxy` needs the server's command behind `--`, as in `mcp-guard proxy -- COMMAND ARGS…`"),
        (
            &["proxy", "--name", "", "--", "x"],
            "`--name` needs a name of visible characters, by which the gateway knows the server",
        ),
        (&["proxy", "--loud", "--", "x"], "unknown argument `--loud`; run `mcp-guard --help`"),
        (&["proxy", "server"], "unknown argument, not shown since it could be a secret; run `mcp-guard --help`"),
    ] {
        let output = guard(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), said.as_str()),
            (Some(2), format!("mcp-guard: {line}\n").as_str()),
            "{arguments:?}"
        );
        assert_eq!(output.stdout, b"");
    }
}

pub(crate) fn a_configured_client_starts_the_proxy() {
    let gateway = Gateway::denying();
    let upstream = std::env::current_exe().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_mcp-guard"))
        .env_clear()
        .env("INTERVEN_GATEWAY_URL", gateway.uri())
        .args(["config", "cursor", "--proxy", "--name", "mail", "--"])
        .args([upstream.as_os_str(), "upstream".as_ref()])
        .output()
        .unwrap();
    let block: Value = serde_json::from_slice(&output.stdout).unwrap();
    let entry = &block["mcpServers"]["mail"];
    assert!(Path::new(entry["command"].as_str().unwrap()).is_absolute());
    let mut command = Command::new(entry["command"].as_str().unwrap());
    command.args(entry["args"].as_array().unwrap().iter().map(|argument| argument.as_str().unwrap()));
    command.env_clear().env("INTERVEN_GATEWAY_URL", entry["env"]["INTERVEN_GATEWAY_URL"].as_str().unwrap());
    command.env("INTERVEN_API_KEY", KEY);
    let mut client = Client::of(command, std::env::temp_dir().join("mcp-guard-proxy-none"));
    client.open("2025-11-25", "{}");
    client.call("1", "echo", "{}", "");
    assert!(text(&client.hear()).contains("SECRETS"));
    assert!(gateway.scans()[0].contains(r#""url":"mcp://mail/echo""#));
    assert_eq!(client.end().code, Some(0));
}
