//! Messages: what a client says in a line, tool calls and the rest, well formed or nearly so, and what a
//! gateway answers. Never a session, and never the line feed at the end.

use mock_gateway::json::Json;

use super::Choices;
use super::json;

const METHODS: &[&str] = &[
    "tools/call",
    "tools/call",
    "tools/call",
    "tools/list",
    "ping",
    "initialize",
    "resources/read",
    "notifications/cancelled",
    "notifications/x",
    "Tools/Call",
    "tools/call ",
    "tools/call\0",
];

/// Ids: some are equal, some only look so, some are none.
const IDS: &[&str] =
    &["0", "1", "2", "-1", "18446744073709551616", "\"1\"", "\"a\"", "\"\"", "1.0", "1e0", "null", "[]"];

const NAMES: &[&str] = &["interven_scan", "echo", "send", "", "a/b", "../x", "é"];

/// A line of a client's.
#[must_use]
pub fn line(choices: &mut Choices<'_>) -> Vec<u8> {
    let message = if choices.once_in(12) {
        Json::Array((0..choices.below(4)).map(|_| message(choices)).collect())
    } else {
        message(choices)
    };
    let mut line = json::nearly(message, choices);
    if choices.once_in(10) {
        line.push(b'\r');
    }
    line
}

fn message(choices: &mut Choices<'_>) -> Json {
    let mut members =
        vec![("jsonrpc".to_owned(), Json::String(choices.of(&["2.0", "2.0", "2.0", "2.0", "1.0"]).to_owned()))];
    let mut put = |key: &str, value| members.push((key.to_owned(), value));
    if !choices.once_in(6) {
        put("id", id(choices));
    }
    let method = choices.of(METHODS);
    if choices.once_in(10) {
        put(choices.of(&["result", "error"]), json::value(choices));
    } else {
        put("method", Json::String(method.to_owned()));
    }
    if !choices.once_in(10) {
        put("params", if choices.once_in(10) { json::value(choices) } else { params(choices) });
    }
    if choices.once_in(10) {
        put(choices.of(&["Method", "PARAMS", "trace", "id\0", "a\"b", "\\"]), json::value(choices));
    }
    Json::Object(members)
}

/// An id as a client may write it.
#[must_use]
pub fn id(choices: &mut Choices<'_>) -> Json {
    Json::parse(choices.of(IDS).as_bytes()).unwrap_or(Json::Null)
}

fn params(choices: &mut Choices<'_>) -> Json {
    let mut members = vec![("name".to_owned(), Json::String(choices.of(NAMES).to_owned()))];
    if !choices.once_in(6) {
        members.push(("arguments".to_owned(), arguments(choices)));
    }
    for key in ["_meta", "task", "inputResponses", "requestId", "Name", "\"quoted\"\n"] {
        if choices.once_in(8) {
            members.push((key.to_owned(), json::value(choices)));
        }
    }
    Json::Object(members)
}

/// The arguments of a scan, or other ones.
#[must_use]
pub fn arguments(choices: &mut Choices<'_>) -> Json {
    if choices.once_in(4) {
        return json::value(choices);
    }
    let mut members = Vec::new();
    let texts: [(&str, &[&str]); 3] = [
        ("tool_name", &["t", "slack", "é\"\\", " ", "a\nb"]),
        ("method", &["POST", "get", "", "x\r\ny"]),
        (
            "url",
            &["https://a.example/x?q=%41#f", "mcp://s/t", "HTTPS://A", "/x", "tool://\u{202e}", "a:b", "https://\"\\/"],
        ),
    ];
    for (key, values) in texts {
        if !choices.once_in(10) {
            members.push((key.to_owned(), Json::String(choices.of(values).to_owned())));
        }
    }
    if !choices.once_in(5) {
        members.push(("body".to_owned(), json::value(choices)));
    }
    if choices.once_in(10) {
        members.push((choices.of(&["Url", "header", "body\0"]).to_owned(), json::value(choices)));
    }
    Json::Object(members)
}

/// What a gateway may answer to a scan: one of the four decisions with what it needs, or nearly so.
#[must_use]
pub fn verdict(choices: &mut Choices<'_>) -> Json {
    let text = |text: &str| Json::String(text.to_owned());
    let words = ["ALLOW", "SANITIZE", "DENY", "REQUIRE_APPROVAL", "allow", "Deny", "ALLOW ", ""];
    let odd = choices.once_in(4);
    let decision = choices.of(if odd { &words } else { &words[..4] });
    let mut members = vec![("decision".to_owned(), text(decision))];
    let mut put = |key: &str, value| members.push((key.to_owned(), value));
    for key in ["sanitized_body", "new"] {
        if !choices.once_in(3) {
            put(key, json::value(choices));
        }
    }
    for key in ["approval_id", "approval_url", "trace_id", "risk_band"] {
        match choices.below(5) {
            0 => {}
            1 => put(key, Json::Null),
            2 => put(key, json::value(choices)),
            _ => put(key, text(choices.of(&["a-1", "", " ", "https://c.example/a?b=\"", "../é", "LOW"]))),
        }
    }
    if choices.once_in(2) {
        let codes = (0..choices.below(4)).map(|_| text(choices.of(&["PII", "SECRETS", "", "a,b"]))).collect();
        put("reason_codes", Json::Array(codes));
    }
    if choices.once_in(3) {
        put("risk_score", Json::Number(json::number(choices)));
    }
    Json::Object(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_lines_are_calls_and_some_are_not_even_json() {
        let mut random = fastrand::Rng::with_seed(1);
        let (mut calls, mut broken) = (0, 0);
        for _ in 0..2000 {
            let bytes: Vec<u8> = (0..200).map(|_| random.u8(..)).collect();
            match Json::parse(&line(&mut Choices::new(&bytes))) {
                Ok(line) if line.get("method").and_then(Json::as_str) == Some("tools/call") => calls += 1,
                Ok(_) => {}
                Err(_) => broken += 1,
            }
        }
        assert!(calls > 250 && broken > 200, "{calls} calls, {broken} are not JSON");
    }
}
