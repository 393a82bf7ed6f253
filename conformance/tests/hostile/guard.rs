//! An honest little guard in the scan role that plays one trick when it is asked about the tool
//! `hostile`. Never what is expected of the harness.

use std::io::{BufRead, Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;

use mock_gateway::json::Json;

use crate::trick;

/// The first argument that makes this program a guard; the second names its trick.
pub(crate) const ROLE: &str = "guard";

/// Serves until its stdin ends, or its trick ends it.
pub(crate) fn run(name: &str) -> ExitCode {
    let mut lines = std::io::stdin().lock().lines();
    while let Some(Ok(line)) = lines.next() {
        let Ok(message) = Json::parse(line.as_bytes()) else { continue };
        let Some(id) = message.get("id") else { continue };
        let arguments = message.pointer("/params/arguments");
        let tool = arguments.and_then(|arguments| arguments.get("tool_name")).and_then(Json::as_str);
        let answer = answer(id, &message, arguments);
        if tool == Some("hostile") {
            trick::play(name, id, &answer);
        } else {
            say(&answer);
        }
    }
    ExitCode::SUCCESS
}

/// Writes one line to stdout; a client that has gone hears nothing.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _gone = out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush());
}

fn answer(id: &Json, message: &Json, arguments: Option<&Json>) -> String {
    let version = message.pointer("/params/protocolVersion").map_or("null".to_owned(), ToString::to_string);
    let result = match (message.get("method").and_then(Json::as_str), arguments) {
        (Some("initialize"), _) => format!(
            r#"{{"protocolVersion":{version},"capabilities":{{"tools":{{}}}},"serverInfo":{{"name":"tricky","version":"1"}}}}"#
        ),
        (Some("tools/call"), Some(arguments)) => {
            let verdict = scan(&arguments.to_string()).unwrap_or_default();
            let text = Json::String(verdict.clone());
            format!(r#"{{"structuredContent":{verdict},"content":[{{"type":"text","text":{text}}}],"isError":false}}"#)
        }
        _ => "{}".to_owned(),
    };
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#)
}

/// What the gateway says of a call.
fn scan(body: &str) -> Option<String> {
    let mut gateway = gateway()?;
    let key = std::env::var("INTERVEN_API_KEY").ok()?;
    let length = body.len();
    let head = format!(
        "POST /v1/scan HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    gateway.write_all((head + body).as_bytes()).ok()?;
    let mut answer = String::new();
    gateway.read_to_string(&mut answer).ok()?;
    Some(answer.split_once("\r\n\r\n")?.1.to_owned())
}

/// A connection to the gateway.
pub(crate) fn gateway() -> Option<TcpStream> {
    let url = std::env::var("INTERVEN_GATEWAY_URL").ok()?;
    TcpStream::connect(url.strip_prefix("http://")?.trim_end_matches('/')).ok()
}
