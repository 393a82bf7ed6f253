//! The same traffic with the guard and without it, message by message.

use std::time::Duration;

use serde_json::json;

use crate::client::{Client, Setting, meta};
use crate::gateway::Gateway;

/// Says each line, hears all that comes before the answer to it, and answers what the server asks.
fn play(client: &mut Client, lines: &[String]) -> Vec<String> {
    let mut heard = Vec::new();
    for line in lines {
        client.say(line);
        let message: serde_json::Value = serde_json::from_str(line).unwrap();
        let Some(id) = message.get("id").filter(|_| message.get("method").is_some()) else {
            if message["method"] == "notifications/echo" {
                heard.push(client.line());
            }
            continue;
        };
        loop {
            let line = client.line();
            let told: serde_json::Value = serde_json::from_str(&line).unwrap();
            heard.push(line);
            if told.get("method").is_none() && told["id"] == *id {
                break;
            }
            if told.get("id").is_some() {
                client.say(
                    json!({ "jsonrpc": "2.0", "id": told["id"], "result": { "action": "accept", "n": 1.5 } })
                        .to_string(),
                );
            }
        }
    }
    heard
}

/// What both sides saw of a session, without the guard and with it.
fn both(lines: &[String]) {
    let gateway = Gateway::allowing();
    let uri = gateway.uri();
    let mut runs = [None, Some(uri.as_str())].map(|gateway| {
        let mut client = Setting { gateway, variables: &[], how: "" }.start();
        let heard = play(&mut client, lines);
        let reached = client.reached();
        let end = client.end();
        (heard, reached, end.rest, end.code)
    });
    let [direct, guarded] = &mut runs;
    assert!(direct.0.len() >= lines.len() / 2, "{direct:?}");
    assert_eq!(direct.0, guarded.0, "what the client heard");
    assert_eq!(direct.1, guarded.1, "what the server heard");
    assert_eq!((&direct.2, direct.3), (&guarded.2, guarded.3));
}

fn request(id: &str, method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{{params}}}}}"#)
}

/// Everything that a session can hold; `more` stands in the params of every request.
fn everything(more: &str) -> Vec<String> {
    let with = |params: &str| match (params, more) {
        ("", more) => more.to_owned(),
        (params, "") => params.to_owned(),
        (params, more) => format!("{params},{more}"),
    };
    let mut lines: Vec<String> = [
        ("0", "tools/list", ""),
        ("1", "tools/list", r#""cursor":"""#),
        ("-2", "tools/list", r#""cursor":"zzz""#),
        ("\"\"", "resources/list", ""),
        ("\"é\"", "resources/read", r#""uri":"a:b""#),
        ("9007199254740993", "prompts/list", ""),
        ("3", "prompts/get", r#""name":"p","arguments":{"x":"y"}"#),
        ("4", "completion/complete", r#""ref":{},"argument":{"n":1.10}"#),
        ("5", "logging/setLevel", r#""level":"info""#),
        ("6", "resources/subscribe", r#""uri":"a:b""#),
        ("7", "vendor/method", r#""deep":{"n":1.10,"e":1e300,"s":"\ud83d\ude00\/"}"#),
        ("8", "ping", ""),
        ("9", "tools/call", r#""name":"echo","arguments":{"n":1.10,"s":"\u00e9 é 😀"}"#),
        ("10", "tools/call", r#""name":"echo""#),
        ("11", "tools/call", r#""name":"fail","arguments":{}"#),
        ("12", "tools/call", r#""name":"error","arguments":{}"#),
        ("13", "tools/call", r#""name":"ask","arguments":{}"#),
        ("14", "tools/call", r#""name":"environment x","arguments":{"Case":1,"case":2}"#),
        ("15", "tasks/result", r#""taskId":"none""#),
    ]
    .map(|(id, method, params)| request(id, method, &with(params)))
    .into();
    let token = if more.is_empty() {
        r#""_meta":{"progressToken":"p-1"}"#.to_owned()
    } else {
        more.replacen('{', r#"{"progressToken":7,"#, 1)
    };
    lines.push(request("16", "tools/call", &format!(r#""name":"progress","arguments":{{}},{token}"#)));
    lines.push(r#"{"jsonrpc":"2.0","method":"notifications/echo","params":{"n":1.10,"x":null}}"#.to_owned());
    lines.push(r#" {"method":"notifications/unknown","jsonrpc":"2.0" , "params":{"\u0061":1}}"#.to_owned());
    lines.push(r#"{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}"#.to_owned());
    lines.push(
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"nobody","reason":"x"}}"#
            .to_owned(),
    );
    lines.push(r#"{"jsonrpc":"2.0","id":"nobody asked","result":{}}"#.to_owned());
    lines.push(request("17", "ping", &with("")));
    lines
}

pub(crate) fn a_session_is_the_same_with_and_without_the_guard() {
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let mut lines = vec![
            format!(
                r#"{{"jsonrpc":"2.0","id":"open","method":"initialize","params":{{"protocolVersion":"{version}","capabilities":{{"roots":{{}}}},"clientInfo":{{"name":"test","version":"0"}}}}}}"#
            ),
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#.to_owned(),
        ];
        lines.extend(everything(""));
        if version == "2025-11-25" {
            lines.push(request("18", "tools/call", r#""name":"echo","arguments":{},"task":{"ttl":1}"#));
        }
        both(&lines);
    }
}

pub(crate) fn a_stateless_session_is_too() {
    let meta = meta("{}");
    let mut lines = vec![request("\"server-discover-probe-1\"", "server/discover", &meta)];
    lines.extend(everything(&meta));
    lines.push(request(
        "19",
        "tools/call",
        &format!(r#""name":"echo","requestState":"s\u0041","inputResponses":{{"x":{{}}}},{meta}"#),
    ));
    both(&lines);
}

fn said(lines: &[&str]) -> String {
    json!({ "lines": lines }).to_string()
}

pub(crate) fn noise_goes_no_further() {
    let gateway = Gateway::allowing();
    let mut client = Client::in_session("2025-11-25", "{}", &gateway.uri(), &[]);
    let noise = [
        "[info] starting",
        "not json",
        "{debug}",
        "42",
        "null",
        "",
        "  ",
        "[]",
        "[1]",
        "\"x\"",
        r#"{"a":1}"#,
        r#"{"id":1,"message":"starting"}"#,
        r#"{"method":"GET","path":"/"}"#,
    ];
    client.call("1", "say", &said(&noise), "");
    assert_eq!(client.hear()["id"], 1, "the answer is the first that is heard");
    assert!(client.is_silent());
    let end = client.end();
    assert!(end.stderr.contains("that are no message") && !end.stderr.contains("starting"), "{}", end.stderr);
}

pub(crate) fn large_messages_pass_both_ways() {
    let gateway = Gateway::allowing();
    let mut client = Client::in_session("2025-11-25", "{}", &gateway.uri(), &[("INTERVEN_REPORT_RESPONSES", "0")]);
    let long = "é😀".repeat(200_000);
    client.call("1", "echo", &format!(r#"{{"s":"{long}"}}"#), "");
    assert!(client.hear()["result"]["content"][0]["text"].as_str().unwrap().contains(&long));
    client.call("2", "huge", r#"{"bytes":9000000}"#, "");
    assert_eq!(client.hear()["result"]["content"][0]["text"].as_str().unwrap().len(), 9_000_000);
    client.call("3", "huge", r#"{"bytes":17000000}"#, "");
    let answer = client.hear();
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(3), &json!(-32603)), "{answer}");
    assert!(client.is_silent());
}

pub(crate) fn what_only_we_find_hard_to_read_is_the_client_s() {
    let gateway = Gateway::allowing();
    let mut client = Client::in_session("2025-11-25", "{}", &gateway.uri(), &[]);
    let lines = [
        r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"data":NaN}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{"n":NaN,"a":1,"a":2}}"#,
    ];
    client.call("1", "say", &said(&lines), "");
    assert_eq!([client.line(), client.line()], lines);
    client.call("2", "say bytes", "{}", "");
    assert_eq!(client.hear()["error"]["code"], -32603);
    assert!(client.is_silent());
}

pub(crate) fn a_flood_of_stderr_passes() {
    let gateway = Gateway::allowing();
    let mut client = Client::in_session("2025-11-25", "{}", &gateway.uri(), &[]);
    client.call("1", "flood", r#"{"lines":20000}"#, "");
    assert_eq!(client.hear()["result"]["content"][0]["text"], "flooded");
    client.call("2", "flood", r#"{"lines":3}"#, "");
    assert_eq!(client.hear()["id"], 2);
    let end = client.end();
    assert!(end.stderr.lines().any(|line| line == "stderr ".repeat(16)), "passed on as it is");
    assert!(end.stderr.lines().all(|line| line.starts_with("stderr ") || line.starts_with("mcp-guard: ")));
}

pub(crate) fn the_other_side_of_a_line_s_end() {
    let gateway = Gateway::allowing();
    let mut client = Client::in_session("2025-11-25", "{}", &gateway.uri(), &[]);
    client.say("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\r");
    assert_eq!(client.hear()["id"], 1);
    client.say("");
    client.say(" \t");
    assert!(client.hears_nothing(Duration::from_millis(100)));
    assert_eq!(client.reached(), [r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#]);
}
