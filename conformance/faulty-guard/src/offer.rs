//! Everything the guard offers apart from its calls: handshake, ping, tools, the about resource
//! (MCP 2025-11-25, basic/lifecycle, server/tools, server/resources). Never a scan.

use serde_json::json;
use serde_json::value::RawValue;

use crate::json::{Object, raw};
use crate::message::{INVALID_PARAMS, METHOD_NOT_FOUND, RESOURCE_NOT_FOUND, Request, RpcError};
use crate::question::Tool;
use crate::verdict::DECISIONS;

/// The versions with an `initialize` handshake, oldest first.
const VERSIONS: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

/// The guidance a model should read at the start of a session.
pub(crate) const ABOUT: &str = include_str!("about.md");
/// Where it is read.
pub(crate) const ABOUT_URI: &str = "interven://about";

/// Answers every method but `tools/call`.
pub(crate) fn answer(request: &Request) -> Result<Box<RawValue>, RpcError> {
    match request.method.as_str() {
        "initialize" => initialize(&request.params),
        "ping" => Ok(raw(Object::default())),
        "tools/list" => whole_list(&request.params, || tools(&Tool::ALL)),
        "resources/list" => whole_list(&request.params, || raw(json!({ "resources": [about_resource()] }))),
        "resources/read" => match request.params.text("uri").as_deref() {
            Some(ABOUT_URI) => Ok(about(ABOUT)),
            Some(other) => Err(RpcError::new(RESOURCE_NOT_FOUND, format!("unknown resource {other:?}"))),
            None => Err(RpcError::new(INVALID_PARAMS, "uri must be a string")),
        },
        other => Err(RpcError::new(METHOD_NOT_FOUND, format!("unknown method {other:?}"))),
    }
}

/// A version we know is echoed; to any other we answer the newest of ours.
fn initialize(params: &Object) -> Result<Box<RawValue>, RpcError> {
    let asked = params.text("protocolVersion");
    let asked = asked.ok_or_else(|| RpcError::new(INVALID_PARAMS, "protocolVersion must be a string"))?;
    let version = VERSIONS.into_iter().find(|known| *known == asked).unwrap_or(VERSIONS[VERSIONS.len() - 1]);
    Ok(raw(json!({
        "protocolVersion": version,
        "capabilities": { "tools": {}, "resources": {} },
        "serverInfo": { "name": "faulty-guard", "version": env!("CARGO_PKG_VERSION") },
        "instructions": ABOUT,
    })))
}

/// Our lists have one page, so every cursor is one we never gave.
fn whole_list(params: &Object, list: impl FnOnce() -> Box<RawValue>) -> Result<Box<RawValue>, RpcError> {
    if params.get("cursor").is_some() { Err(RpcError::new(INVALID_PARAMS, "unknown cursor")) } else { Ok(list()) }
}

/// The result of `tools/list` with these tools.
pub(crate) fn tools(tools: &[Tool]) -> Box<RawValue> {
    let tools: Vec<_> = tools.iter().map(|tool| describe(*tool)).collect();
    raw(json!({ "tools": tools }))
}

fn describe(tool: Tool) -> serde_json::Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let (description, input, required, output) = match tool {
        Tool::Scan => (
            "Ask whether a tool call may run. Call it before any tool that touches an external system.",
            json!({
                "tool_name": text("Name of the tool that is going to run"),
                "method": text("HTTP method, or POST where there is none"),
                "url": text("Absolute address the tool is going to reach"),
                "body": { "description": "Body or arguments, exactly as they are going to be sent" },
            }),
            json!(["tool_name", "method", "url"]),
            // Beside the decision nothing is typed: what the gateway sends is passed on as it is.
            json!({
                "type": "object",
                "properties": {
                    "decision": { "enum": DECISIONS },
                    "reason_codes": { "description": "Why; cite them when the decision is DENY" },
                    "sanitized_body": { "description": "What to send in place of the body" },
                    "approval_id": { "description": "Names the approval to wait for" },
                    "approval_url": { "description": "Where a person approves" },
                    "trace_id": { "description": "Names this scan in interven_scan_response" },
                    "risk_score": { "description": "From 0 to 1" },
                    "risk_band": { "description": "LOW to CRITICAL" },
                },
                "required": ["decision"],
            }),
        ),
        Tool::ScanResponse => (
            "Report what an allowed tool call returned, so that a later write of the same content is recognised.",
            json!({
                "trace_id": text("The trace_id of the scan before the call"),
                "response_body": { "description": "The response, exactly as it came" },
                "response_status": { "type": "integer", "description": "Its HTTP status" },
            }),
            json!(["trace_id", "response_body"]),
            json!({ "type": "object" }),
        ),
    };
    json!({
        "name": tool.name(),
        "description": description,
        "inputSchema": { "type": "object", "properties": input, "required": required },
        "outputSchema": output,
    })
}

/// The result of reading the about resource, with this text.
pub(crate) fn about(text: &str) -> Box<RawValue> {
    raw(json!({ "contents": [{ "uri": ABOUT_URI, "mimeType": "text/markdown", "text": text }] }))
}

fn about_resource() -> serde_json::Value {
    json!({ "uri": ABOUT_URI, "name": "about", "mimeType": "text/markdown", "description": "How to work with this guard" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;

    fn ask(method: &str, params: &str) -> Result<serde_json::Value, i32> {
        let line = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
        let Ok(Message::Request(request)) = Message::read(line.as_bytes()) else { panic!("{line}") };
        answer(&request).map(|result| serde_json::from_str(result.get()).unwrap()).map_err(|error| error.code)
    }

    #[test]
    fn a_known_version_is_echoed_and_any_other_answered_with_the_newest() {
        for (asked, answered) in VERSIONS
            .map(|version| (version, version))
            .into_iter()
            .chain([("2026-07-28", "2025-11-25"), ("1", "2025-11-25")])
        {
            let result = ask("initialize", &format!(r#"{{"protocolVersion":"{asked}"}}"#)).unwrap();
            assert_eq!(result["protocolVersion"], answered);
            assert_eq!(result["instructions"], ABOUT);
        }
        assert_eq!(ask("initialize", "{}"), Err(INVALID_PARAMS));
    }

    #[test]
    fn both_tools_are_offered_with_both_schemas() {
        let list = ask("tools/list", "{}").unwrap();
        let names: Vec<_> = list["tools"].as_array().unwrap().iter().map(|tool| tool["name"].clone()).collect();
        assert_eq!(names, ["interven_scan", "interven_scan_response"]);
        for tool in list["tools"].as_array().unwrap() {
            assert_eq!(tool["inputSchema"]["type"], "object");
            assert_eq!(tool["outputSchema"]["type"], "object");
        }
        assert_eq!(ask("tools/list", r#"{"cursor":"x"}"#), Err(INVALID_PARAMS));
    }

    #[test]
    fn the_about_resource_names_the_four_decisions() {
        assert_eq!(ask("resources/list", "{}").unwrap()["resources"][0]["uri"], ABOUT_URI);
        let read = ask("resources/read", r#"{"uri":"interven://about"}"#).unwrap();
        let text = read["contents"][0]["text"].as_str().unwrap().to_owned();
        assert!(DECISIONS.iter().all(|decision| text.contains(decision)));
    }

    #[test]
    fn what_is_not_served_has_its_own_code() {
        assert_eq!(ask("server/discover", "{}"), Err(METHOD_NOT_FOUND));
        assert_eq!(ask("resources/read", r#"{"uri":"interven://other"}"#), Err(RESOURCE_NOT_FOUND));
        assert_eq!(ask("resources/read", "{}"), Err(INVALID_PARAMS));
        assert_eq!(ask("ping", "{}").unwrap(), json!({}));
    }
}
