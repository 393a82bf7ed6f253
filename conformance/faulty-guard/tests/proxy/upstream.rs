//! An MCP server whose tools do what their names say, and which writes down every line that reaches it
//! before it acts on it. Never a judgement.

use std::fs::OpenOptions;
use std::io::{BufRead, Write, stderr, stdin, stdout};
use std::process::{Command, Stdio, exit};
use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Value, json};

/// A request, of which no more is decoded than is looked at: its numbers stay as they are.
#[derive(serde::Deserialize)]
struct Asked<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    method: String,
    #[serde(default)]
    params: Params,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params {
    #[serde(default)]
    name: String,
    protocol_version: Option<String>,
    #[serde(rename = "_meta", default)]
    meta: Value,
}

/// The argument by which this program knows that it is the upstream.
pub(crate) const WORD: &str = "upstream";

/// Serves until stdin ends; the arguments are the file to write to and what it is like.
pub(crate) fn serve(arguments: &[String]) -> ! {
    let mut log = OpenOptions::new().create(true).append(true).open(&arguments[0]).unwrap();
    let mut note = |line: &[u8]| log.write_all(&[line, b"\n"].concat()).unwrap();
    note(format!("pid {}", std::process::id()).as_bytes());
    let is = |word: &str| arguments[1..].iter().any(|argument| argument == word);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let _entered = runtime.enter();
    if is("stubborn") {
        let kind = tokio::signal::unix::SignalKind::terminate();
        std::mem::forget(tokio::signal::unix::signal(kind).unwrap());
        let mut child = Command::new("sleep").arg("60").stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        note(format!("pid {}", child.id()).as_bytes());
        std::thread::spawn(move || child.wait());
    }
    for line in stdin().lock().split(b'\n') {
        let line = line.unwrap();
        note(&line);
        answer(&String::from_utf8_lossy(&line));
    }
    note(b"eof");
    if is("stubborn") {
        std::thread::sleep(Duration::from_secs(60));
    }
    exit(0)
}

fn say(line: impl AsRef<str>) {
    let mut out = stdout().lock();
    out.write_all(line.as_ref().as_bytes()).unwrap();
    out.write_all(b"\n").unwrap();
    out.flush().unwrap();
}

fn answer(line: &str) {
    let Ok(Asked { id, method, params }) = serde_json::from_str(line) else { return };
    let result = |result: Value| say(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#));
    match method.as_str() {
        "initialize" => result(json!({
            "protocolVersion": params.protocol_version,
            "capabilities": { "tools": {}, "completions": {} },
            "instructions": "Be kind.",
        })),
        "no/answer" => {}
        "ping" => result(json!({})),
        "tools/list" => result(json!({
            "tools": [{
                "name": "echo",
                "title": "Echo",
                "inputSchema": { "type": "object", "properties": { "text": {} } },
                "outputSchema": { "type": "object" },
                "annotations": { "readOnlyHint": true },
                "vendor/key": 1,
            }],
            "nextCursor": "2",
        })),
        "tools/call" => call(&params, id.get(), line),
        _ => say(format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":-32601,"message":"no","data":[1.10]}}}}"#)),
    }
}

fn call(params: &Params, id: &str, line: &str) {
    let result = |text: &str, is_error: bool| {
        let text = serde_json::to_string(text).unwrap();
        let rest = format!(r#""structuredContent":{{"n":1.10}},"isError":{is_error},"_meta":{{"vendor/m":1}}"#);
        say(format!(
            r#"{{"jsonrpc":"2.0","id":{id},"result":{{"content":[{{"type":"text","text":{text}}}],{rest}}}}}"#
        ));
    };
    match params.name.as_str() {
        "never" => {}
        "slow" => {
            std::thread::sleep(Duration::from_millis(600));
            result("slow", false);
        }
        "fail" => result("it failed", true),
        "break" => say(format!(r#"{{"id":{id},"jsonrpc":"2.0","error":{{"code":-32050,"message":"é","data":1.0}}}}"#)),
        "twice" => {
            result("once", false);
            result("twice", false);
        }
        "noise" => {
            say("no message at all");
            say(r#"{"level":"info"}"#);
            result("heard", false);
        }
        "flood" => {
            stderr().write_all(&[b'x'; 1 << 20]).unwrap();
            result("flooded", false);
        }
        "progress" => {
            let token = &params.meta["progressToken"];
            say(format!(
                r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{token},"progress":1.0}}}}"#
            ));
            result("done", false);
        }
        "ask" => {
            say(r#"{"jsonrpc":"2.0","id":1,"method":"roots/list","params":{"_meta":{}}}"#);
            result("asked", false);
        }
        "crash" => exit(7),
        "abort" => std::process::abort(),
        "environment" => {
            let names: Vec<_> = std::env::vars().map(|(name, value)| format!("{name}={value}")).collect();
            let arguments: Vec<_> = std::env::args().collect();
            result(&format!("{names:?} {arguments:?}"), false);
        }
        _ => result(line, false),
    }
}
