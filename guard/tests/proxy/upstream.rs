//! The server behind the proxy: does what the name of a tool says, and writes down every line that
//! reaches it. Quiet unless it is asked to be otherwise.

use std::io::{BufRead, Write};
use std::process::exit;
use std::time::Duration;

use serde_json::{Value, json};

/// Where the lines are written down that reach it.
pub(crate) const LOG: &str = "UPSTREAM_LOG";

/// Serves stdin and stdout to their end; `how` is what it is started with.
pub(crate) fn serve(how: &str) {
    match how {
        "" => {}
        "exits" => exit(7),
        "deaf" => hold_out(Duration::from_secs(60)),
        "stubborn" => refuse_to_end(),
        other => panic!("no such server: {other}"),
    }
    while let Some(line) = hear() {
        match serde_json::from_str::<Value>(&line) {
            Ok(Value::Array(messages)) => {
                let answers: Vec<_> = messages.iter().filter_map(|message| answer(message, "")).collect();
                if !answers.is_empty() {
                    say(&Value::from(answers).to_string());
                }
            }
            Ok(message) => answer(&message, &line).iter().for_each(|answer| say(&answer.to_string())),
            Err(_) => {}
        }
    }
    if how == "stubborn" {
        hold_out(Duration::from_secs(600));
    }
}

fn note(line: &str) {
    let Some(log) = std::env::var_os(LOG) else { return };
    let mut log = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
    log.write_all(format!("{line}\n").as_bytes()).unwrap();
}

fn say(line: &str) {
    let mut stdout = std::io::stdout().lock();
    // Whoever does not listen any more is not spoken to.
    let _ = stdout.write_all(format!("{line}\n").as_bytes()).and_then(|()| stdout.flush());
}

fn hear() -> Option<String> {
    let mut line = String::new();
    if std::io::stdin().lock().read_line(&mut line).unwrap() == 0 {
        return None;
    }
    line.truncate(line.trim_end_matches('\n').len());
    note(&line);
    Some(line)
}

/// Neither the end of stdin nor SIGTERM ends it.
fn refuse_to_end() {
    std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).unwrap();
            while term.recv().await.is_some() {}
        });
    });
}

fn hold_out(how_long: Duration) {
    std::thread::sleep(how_long);
}

fn answer(message: &Value, line: &str) -> Option<Value> {
    let id = message.get("id").filter(|_| message.get("method").is_some());
    let params = &message["params"];
    let Some(id) = id else {
        if message["method"] == "notifications/echo" {
            say(&json!({ "jsonrpc": "2.0", "method": "notifications/echoed", "params": params }).to_string());
        }
        return None;
    };
    let outcome = match message["method"].as_str().unwrap() {
        "initialize" => json!({ "result": {
            "protocolVersion": params["protocolVersion"],
            "capabilities": { "tools": {}, "tasks": { "requests": { "tools": { "call": {} } } }, "vendor": 1 },
            "serverInfo": { "name": "upstream", "version": "0" },
        }}),
        "ping" | "logging/setLevel" | "resources/subscribe" => {
            if message["method"] == "logging/setLevel" {
                let said = json!({ "level": "info", "data": { "n": 1 }, "logger": "upstream" });
                say(&json!({ "jsonrpc": "2.0", "method": "notifications/message", "params": said }).to_string());
            }
            json!({ "result": {} })
        }
        "tools/list" => match params["cursor"].as_str() {
            None => json!({ "result": { "tools": [tool("echo"), tool("fail")], "nextCursor": "" } }),
            Some("") => json!({ "result": { "tools": [tool("later")] } }),
            Some(_) => json!({ "error": { "code": -32602, "message": "no such page" } }),
        },
        "resources/list" => json!({ "result": { "resources": [{ "uri": "a:b", "name": "a", "_meta": { "x": 1 } }] } }),
        "resources/read" => json!({ "result": { "contents": [{ "uri": params["uri"], "text": "\u{1f600}" }] } }),
        "prompts/list" => json!({ "result": { "prompts": [{ "name": "p" }] } }),
        "prompts/get" => json!({ "result": { "messages": [] , "description": params["arguments"]["x"] } }),
        "completion/complete" => json!({ "result": { "completion": { "values": ["a"], "hasMore": false } } }),
        "server/discover" => json!({ "result": { "resultType": "complete", "supportedVersions": ["2026-07-28"] } }),
        "tasks/result" => json!({ "result": { "content": [{ "type": "text", "text": "done" }] } }),
        "tools/call" => call(id, params, line)?,
        method => json!({ "error": { "code": -32601, "message": format!("no {method}"), "data": params } }),
    };
    let mut answer = json!({ "jsonrpc": "2.0", "id": id });
    answer.as_object_mut().unwrap().extend(outcome.as_object().unwrap().clone());
    Some(answer)
}

fn tool(name: &str) -> Value {
    json!({
        "name": name,
        "title": "A tool",
        "inputSchema": { "type": "object" },
        "outputSchema": { "type": "object" },
        "annotations": { "readOnlyHint": true, "vendor": [1.5] },
        "execution": { "taskSupport": "optional" },
        "_meta": { "x": null },
    })
}

fn text(text: impl Into<String>) -> Value {
    json!({ "result": { "content": [{ "type": "text", "text": text.into() }], "vendor": true } })
}

fn call(id: &Value, params: &Value, line: &str) -> Option<Value> {
    let arguments = &params["arguments"];
    let number = |key: &str| arguments[key].as_u64().unwrap_or_default();
    Some(match params["name"].as_str().unwrap() {
        _ if params.get("task").is_some() => {
            json!({ "result": { "task": { "taskId": format!("task-{id}"), "status": "working" } } })
        }
        "fail" => json!({ "result": { "content": [], "isError": true, "structuredContent": { "why": "so" } } }),
        "error" => json!({ "error": { "code": -32050, "message": "no", "data": { "x": 1 } } }),
        "progress" => {
            for step in [0.5, 1.0] {
                let told = json!({ "progressToken": params["_meta"]["progressToken"], "progress": step });
                say(&json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": told }).to_string());
            }
            text("progressed")
        }
        "ask" => {
            for method in ["elicitation/create", "sampling/createMessage", "roots/list"] {
                say(&json!({ "jsonrpc": "2.0", "id": method, "method": method, "params": { "n": 1 } }).to_string());
                hear().unwrap();
            }
            text("asked")
        }
        "slow" => {
            let (id, wait) = (id.clone(), Duration::from_millis(number("ms")));
            std::thread::spawn(move || {
                std::thread::sleep(wait);
                say(&json!({ "jsonrpc": "2.0", "id": id, "result": { "content": [] } }).to_string());
            });
            return None;
        }
        "silent" => return None,
        "huge" => text("x".repeat(usize::try_from(number("bytes")).unwrap())),
        "crash" => exit(3),
        "say" => {
            for line in arguments["lines"].as_array().unwrap() {
                say(line.as_str().unwrap());
            }
            text("said")
        }
        "say bytes" => {
            let mut line = format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"content":""#).into_bytes();
            line.extend_from_slice(b"\xff\"}}\n");
            std::io::stdout().lock().write_all(&line).unwrap();
            return None;
        }
        "flood" => {
            let line = "stderr ".repeat(16) + "\n";
            for _ in 0..number("lines") {
                std::io::stderr().write_all(line.as_bytes()).unwrap();
            }
            text("flooded")
        }
        "environment" => {
            let variables = std::env::vars().collect::<std::collections::BTreeMap<_, _>>();
            text(
                serde_json::to_string(
                    &json!({ "variables": variables, "arguments": std::env::args().collect::<Vec<_>>() }),
                )
                .unwrap(),
            )
        }
        "read the guard" => {
            let parent = std::os::unix::process::parent_id();
            text(format!(
                "{:?}",
                std::fs::read(format!("/proc/{parent}/environ")).map(|bytes| bytes.len()).map_err(|error| error.kind())
            ))
        }
        #[expect(clippy::zombie_processes, reason = "it is what a careless server leaves behind")]
        "spawn" => {
            let child = std::process::Command::new("sh").args(["-c", "trap '' TERM; exec sleep 600"]).spawn().unwrap();
            text(child.id().to_string())
        }
        _ => text(line),
    })
}
