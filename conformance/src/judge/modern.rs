//! What MCP 2026-07-28 asks of every message, beyond the form of JSON-RPC: it has no session, so each
//! result says for itself what it is. Judged on the plays of that version alone.

use mock_gateway::json::Json;

use super::scene::Scene;
use super::{Findings, client};
use crate::finding::Code;

/// Where a result says what server it comes from.
const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";

/// The methods whose results may be cached (server/utilities/caching).
const CACHEABLE: &[&str] =
    &["server/discover", "tools/list", "prompts/list", "resources/list", "resources/templates/list", "resources/read"];

/// The codes that the specification keeps for itself, and those of them that it has given a meaning.
const RESERVED: std::ops::RangeInclusive<i64> = -32099..=-32020;
pub(super) const DEFINED: &[i64] = &[-32020, -32021, -32022];

/// What JSON-RPC 2.0 has defined of the codes that it reserves.
const JSON_RPC: &[i64] = &[-32700, -32600, -32601, -32602, -32603];

/// Codes of earlier versions that must not be sent any more: resource not found, URL elicitation required.
const TAKEN_BACK: &[i64] = &[-32002, -32042];

/// basic, "Result Responses", and basic/patterns/mrtr: every result is complete, or asks for input and
/// says for which, or with what it is to be resumed. No extension that could add a type is declared.
pub(super) fn result_type(scene: &Scene<'_>, findings: &mut Findings) {
    let expected = "resultType complete, or input_required with inputRequests or requestState";
    each_result(scene, findings, Code::ResultTypeMissing, expected, |_, result| {
        match result.get("resultType").and_then(Json::as_str) {
            Some("complete") => true,
            Some("input_required") => result.get("inputRequests").is_some() || result.get("requestState").is_some(),
            _ => false,
        }
    });
}

/// basic, "`_meta`": servers should name themselves in every result.
pub(super) fn server_info(scene: &Scene<'_>, findings: &mut Findings) {
    let expected = format!("_meta with {SERVER_INFO}, its name and version");
    each_result(scene, findings, Code::ServerInfoMissing, &expected, |_, result| {
        let info = result.get("_meta").and_then(|meta| meta.get(SERVER_INFO));
        ["name", "version"].iter().all(|member| info.and_then(|info| info.get(member)?.as_str()).is_some())
    });
}

/// server/utilities/caching: `ttlMs`, which is not negative, and `cacheScope`.
pub(super) fn cache_hints(scene: &Scene<'_>, findings: &mut Findings) {
    let expected = "ttlMs of 0 or more, and cacheScope public or private";
    each_result(scene, findings, Code::CacheHintMissing, expected, |method, result| {
        let ttl = matches!(result.get("ttlMs"), Some(Json::Number(text)) if text.parse::<u64>().is_ok());
        let scope = matches!(result.get("cacheScope").and_then(Json::as_str), Some("public" | "private"));
        let is_complete = result.get("resultType").and_then(Json::as_str) == Some("complete");
        !CACHEABLE.contains(&method) || !is_complete || (ttl && scope)
    });
}

/// basic, "Error Codes": no code of the reserved range without a meaning, none that was taken back.
pub(super) fn error_codes(scene: &Scene<'_>, findings: &mut Findings) {
    for answer in scene.answers() {
        let Some(Json::Number(code)) = answer.pointer("/error/code") else { continue };
        let Ok(code) = code.parse::<i64>() else { continue };
        if TAKEN_BACK.contains(&code) || (RESERVED.contains(&code) && !DEFINED.contains(&code)) {
            let expected = "an error code that MCP 2026-07-28 permits";
            findings.add(
                Code::ErrorCodeForbidden,
                &scene.recording.header.case,
                expected,
                [client(answer.to_string())],
            );
        }
    }
}

/// JSON-RPC 2.0, section 5.1; MCP 2026-07-28, basic, "Error Codes": what is reserved and no server's to use. The
/// band from -32000 to -32019 was used before that rule and is left alone.
pub(super) fn private_codes(scene: &Scene<'_>, findings: &mut Findings) {
    for answer in scene.answers() {
        let Some(Json::Number(code)) = answer.pointer("/error/code") else { continue };
        if code.parse().is_ok_and(|code: i64| (-32768..=-32100).contains(&code) && !JSON_RPC.contains(&code)) {
            let expected = "a code of JSON-RPC 2.0 or of MCP, or one outside -32768 to -32000";
            findings.add(Code::ErrorCodeReserved, &scene.recording.header.case, expected, [client(answer.to_string())]);
        }
    }
}

/// basic/transports/stdio: the server sends no requests.
pub(super) fn no_server_requests(scene: &Scene<'_>, findings: &mut Findings) {
    for message in scene.messages() {
        if message.get("method").is_some() && message.get("id").is_some() {
            let expected = "answers and notifications only";
            findings.add(
                Code::RequestFromServer,
                &scene.recording.header.case,
                expected,
                [client(message.to_string())],
            );
        }
    }
}

/// Holds every result to something; `holds` gets the method that was asked for.
fn each_result(
    scene: &Scene<'_>,
    findings: &mut Findings,
    code: Code,
    expected: &str,
    holds: impl Fn(&str, &Json) -> bool,
) {
    for (request, answer) in scene.exchanges() {
        let (Some(method), Some(result)) = (method(request), answer.get("result")) else { continue };
        if !holds(method, result) {
            let expected = format!("in the answer to {method}: {expected}");
            findings.add(code, &scene.recording.header.case, expected, [client(answer.to_string())]);
        }
    }
}

/// The method of a request.
pub(super) fn method(request: &Json) -> Option<&str> {
    request.get("method")?.as_str()
}
