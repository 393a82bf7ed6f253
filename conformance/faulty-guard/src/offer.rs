//! Everything the guard offers apart from its calls: handshake or discovery, ping, tools, the about
//! resource (MCP, basic/lifecycle, server/discover, server/tools, server/resources). Never a scan,
//! and never what a version asks of every result.

use serde_json::json;

use crate::json::Object;
use crate::message::{INVALID_PARAMS, METHOD_NOT_FOUND, RESOURCE_NOT_FOUND, Request, RpcError};
use crate::question::Tool;
use crate::verdict::DECISIONS;
use crate::version::{Version, server_info};

/// The guidance a model should read at the start of a session.
pub(crate) const ABOUT: &str = include_str!("about.md");
/// Where it is read.
pub(crate) const ABOUT_URI: &str = "interven://about";

/// Answers every method but `tools/call`.
pub(crate) fn answer(version: Version, request: &Request) -> Result<Object, RpcError> {
    match (request.method.as_str(), version.is_stateless()) {
        ("initialize", false) => {
            let named = Object::default().with("protocolVersion", version.name());
            Ok(introduced(named).with("serverInfo", server_info()))
        }
        ("server/discover", true) => {
            Ok(introduced(Object::default().with("supportedVersions", Version::ALL.map(Version::name))))
        }
        ("ping", false) => Ok(Object::default()),
        ("tools/list", _) => whole_list(&request.params, || tools(&Tool::ALL)),
        ("resources/list", _) => {
            whole_list(&request.params, || Object::default().with("resources", [about_resource()]))
        }
        ("resources/read", _) => match request.params.text("uri").as_deref() {
            Some(ABOUT_URI) => Ok(about(ABOUT)),
            Some(other) => Err(unknown_resource(version, other)),
            None => Err(RpcError::new(INVALID_PARAMS, "uri must be a string")),
        },
        (other, _) => Err(RpcError::new(METHOD_NOT_FOUND, format!("unknown method {other:?}"))),
    }
}

/// What a client learns about the guard at first, by handshake or discovery.
fn introduced(result: Object) -> Object {
    result.with("capabilities", json!({ "tools": {}, "resources": {} })).with("instructions", ABOUT)
}

/// Our lists have one page, so every cursor is one we never gave.
fn whole_list(params: &Object, list: impl FnOnce() -> Object) -> Result<Object, RpcError> {
    if params.get("cursor").is_some() { Err(RpcError::new(INVALID_PARAMS, "unknown cursor")) } else { Ok(list()) }
}

/// The stateless version gave up the code of its own that the handshake versions have for this.
pub(crate) fn unknown_resource(version: Version, uri: &str) -> RpcError {
    let code = if version.is_stateless() { INVALID_PARAMS } else { RESOURCE_NOT_FOUND };
    RpcError::new(code, format!("unknown resource {uri:?}"))
}

/// The result of `tools/list` with these tools.
pub(crate) fn tools(tools: &[Tool]) -> Object {
    let tools: Vec<_> = tools.iter().map(|tool| describe(*tool)).collect();
    Object::default().with("tools", tools)
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
pub(crate) fn about(text: &str) -> Object {
    Object::default().with("contents", [json!({ "uri": ABOUT_URI, "mimeType": "text/markdown", "text": text })])
}

fn about_resource() -> serde_json::Value {
    json!({ "uri": ABOUT_URI, "name": "about", "mimeType": "text/markdown", "description": "How to work with this guard" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::raw;
    use crate::message::tests::request;

    const HANDSHAKE: Version = Version::NEWEST_HANDSHAKE;
    const BOTH: [Version; 2] = [HANDSHAKE, Version::STATELESS];

    fn ask(version: Version, method: &str, params: &str) -> Result<serde_json::Value, i32> {
        let answer = answer(version, &request(method, params));
        answer.map(|result| serde_json::from_str(raw(result).get()).unwrap()).map_err(|error| error.code)
    }

    #[test]
    fn each_era_has_its_own_way_to_begin() {
        let begun = ask(HANDSHAKE, "initialize", "{}").unwrap();
        let found = ask(Version::STATELESS, "server/discover", "{}").unwrap();
        assert_eq!(begun["protocolVersion"], "2025-11-25");
        assert_eq!(begun["serverInfo"]["name"], "faulty-guard");
        assert_eq!(found["supportedVersions"].as_array().unwrap().len(), Version::ALL.len());
        for result in [begun, found] {
            assert_eq!(result["capabilities"], json!({ "tools": {}, "resources": {} }));
            assert_eq!(result["instructions"], ABOUT);
        }
        assert_eq!(ask(HANDSHAKE, "ping", "{}").unwrap(), json!({}));
        for gone in ["initialize", "ping", "logging/setLevel"] {
            assert_eq!(ask(Version::STATELESS, gone, "{}"), Err(METHOD_NOT_FOUND), "{gone}");
        }
        assert_eq!(ask(HANDSHAKE, "server/discover", "{}"), Err(METHOD_NOT_FOUND));
    }

    #[test]
    fn both_tools_are_offered_with_both_schemas() {
        for version in BOTH {
            let list = ask(version, "tools/list", "{}").unwrap();
            let names: Vec<_> = list["tools"].as_array().unwrap().iter().map(|tool| tool["name"].clone()).collect();
            assert_eq!(names, ["interven_scan", "interven_scan_response"]);
            for tool in list["tools"].as_array().unwrap() {
                assert_eq!(tool["inputSchema"]["type"], "object");
                assert_eq!(tool["outputSchema"]["type"], "object");
            }
            assert_eq!(ask(version, "tools/list", r#"{"cursor":""}"#), Err(INVALID_PARAMS));
        }
    }

    #[test]
    fn the_about_resource_names_the_four_decisions_and_is_the_only_one() {
        for (version, unknown) in BOTH.into_iter().zip([RESOURCE_NOT_FOUND, INVALID_PARAMS]) {
            assert_eq!(ask(version, "resources/list", "{}").unwrap()["resources"][0]["uri"], ABOUT_URI);
            let read = ask(version, "resources/read", r#"{"uri":"interven://about"}"#).unwrap();
            let text = read["contents"][0]["text"].as_str().unwrap().to_owned();
            assert!(DECISIONS.iter().all(|decision| text.contains(decision)));
            assert_eq!(ask(version, "resources/read", r#"{"uri":"interven://other"}"#), Err(unknown));
            assert_eq!(ask(version, "resources/read", "{}"), Err(INVALID_PARAMS));
        }
    }
}
