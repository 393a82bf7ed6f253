//! What is asked of the gateway: from a client's line through the guard's encoding to the gateway's own
//! reader. Never what is answered.

use bytes::{Buf, Bytes};
use guard_conformance::generate::{Choices, json};
use mcp_guard::frame::{self, Message};
use mcp_guard::json::Object;
use mcp_guard::scan::{Scan, ScanResponse, WireBody};
use mock_gateway::api::{Call, Key, Request};
use mock_gateway::json::Json;

use crate::text::{depth, has_reserved_key, shown};

/// How deep the guard promises to follow a line, less the four levels that stand around a body.
const SERVED_DEPTH: usize = 60;

/// Whatever bytes an agent gives as the body of a scan, the gateway is asked about the same value
/// with the same digits, or the call is refused; and what two strict parsers both read is served.
///
/// # Panics
/// When a body is altered on its way, when the guard accepts what is not strict JSON, or when it
/// refuses strict JSON that it promises to serve.
pub fn body_survives(body: &[u8]) {
    let strict = Json::parse(body).ok();
    let arguments = [br#"{"tool_name":"t","method":"POST","url":"https://example.com/","body":"#, body, b"}"].concat();
    match (&strict, asked("interven_scan", &arguments)) {
        (Some(value), Some(wire)) => {
            assert_eq!(wire.get("body"), Some(value), "the body changed on its way: {}", shown(body));
            assert_eq!(wire.get("url").and_then(Json::as_str), Some("https://example.com/"), "the url changed");
        }
        (Some(value), None) => assert!(!is_served(body, value), "refused, though strict JSON: {}", shown(body)),
        (None, Some(_)) => panic!("accepted, though not strict JSON: {}", shown(body)),
        (None, None) => {}
    }
}

/// Whatever arguments a scan is called with, the gateway's own reader finds the same tool, method, url
/// and body, character for character and digit for digit; what it does not know is never dropped in
/// silence. The same for the report of a response.
///
/// # Panics
/// When an argument is altered, lost or invented.
pub fn arguments_survive(arguments: &[u8]) {
    let strict = Json::parse(arguments).ok();
    for (tool, known) in [
        ("interven_scan", &["tool_name", "method", "url", "body"][..]),
        ("interven_scan_response", &["trace_id", "response_body", "response_status"]),
    ] {
        let Some(wire) = asked(tool, arguments) else { continue };
        let strict =
            strict.as_ref().unwrap_or_else(|| panic!("accepted, though not strict JSON: {}", shown(arguments)));
        for key in known {
            assert_eq!(wire.get(key), strict.get(key), "`{key}` changed on its way: {}", shown(arguments));
        }
        let lost = strict.as_object().and_then(|members| members.iter().find(|(key, _)| !known.contains(&&**key)));
        assert!(lost.is_none(), "{lost:?} was not sent, so it was not judged: {}", shown(arguments));
    }
}

/// Two calls of tools share an address with the gateway, and so an approval, only if server and tool
/// are the same; and no name leads out of its place in the address. The choices make the names.
///
/// # Panics
/// When two tools share an address.
pub fn addresses_differ(choices: &[u8]) {
    let mut choices = Choices::new(choices);
    let mut name = || match choices.below(4) {
        0 => {
            choices.of(&["a", "b", "a/b", "../a", "..", ".", "%2F", "a%2Fb", "A", "a:b", "a?b", "a#b", "@a"]).to_owned()
        }
        1 => choices.of(&["a", "é", "a.", ".a", "a.b", "a b"]).to_owned() + "/" + choices.of(&["a", "b", ".."]),
        _ => json::string(&mut choices),
    };
    let calls = [(name(), name()), (name(), name())];
    let address = |(server, tool): &(String, String)| {
        let scan = Scan::of_call(server, tool, Some(Bytes::from_static(b"{}"))).ok()?;
        let wire = wire(&scan.encode(None));
        let url = wire.get("url").and_then(Json::as_str).unwrap_or_else(|| panic!("no url for {tool:?}")).to_owned();
        let path = url.strip_prefix("mcp://").unwrap_or_else(|| panic!("{url} is no address of a tool"));
        let segments: Vec<_> = path.split('/').collect();
        let leads_out = segments.len() != 2 || segments.iter().any(|segment| [".", ".."].contains(segment));
        assert!(!leads_out && !path.contains(['?', '#', '@', '\\']), "{server:?} and {tool:?} lead to {url}");
        assert_eq!(wire.get("tool_name").and_then(Json::as_str), Some(&**tool), "the tool's name changed");
        Some(url)
    };
    if let (Some(one), Some(other)) = (address(&calls[0]), address(&calls[1])) {
        assert_eq!(one == other, calls[0] == calls[1], "{calls:?} have the addresses {one} and {other}");
    }
}

/// What the gateway is asked when a tool of ours is called with these arguments, as it reads it; `None`
/// when the guard refuses the line.
pub(crate) fn asked(tool: &str, arguments: &[u8]) -> Option<Json> {
    // A line holds no line feed.
    if arguments.contains(&b'\n') {
        return None;
    }
    let before = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}","_meta":{{}},"arguments":"#
    );
    let line = Bytes::from([before.as_bytes(), arguments, b"}}"].concat());
    let Ok(Message::Request(request)) = frame::read(&line) else { return None };
    let arguments: &Object = request.arguments()?;
    let (target, body) = if tool == "interven_scan" {
        ("/v1/scan", Scan::read(arguments).ok()?.encode(Some("an agent")))
    } else {
        ("/v1/scan/response", ScanResponse::read(arguments).ok()?.encode())
    };
    let value = wire(&body);
    gateway_reads(target, &body, &value);
    Some(value)
}

/// What goes over the wire, as an independent parser reads it.
fn wire(body: &WireBody) -> Json {
    let bytes = bytes(body);
    Json::parse(&bytes).unwrap_or_else(|error| panic!("what is sent is not strict JSON ({error}): {}", shown(&bytes)))
}

pub(crate) fn bytes(body: &WireBody) -> Bytes {
    let mut pieces = body.pieces();
    assert_eq!(pieces.remaining(), body.size(), "the length that is told is another one");
    pieces.copy_to_bytes(pieces.remaining())
}

/// The gateway may answer 400; what it reads, it reads as it was sent.
fn gateway_reads(target: &str, body: &WireBody, value: &Json) {
    let bytes = bytes(body);
    let key: Key = "iv_live_canary".parse().expect("letters are a key");
    let Ok(request) = Request::read("POST", target, Some(key), &bytes, bytes.len() as u64) else { return };
    match &request.call {
        Call::Scan(scan) => {
            let text = |key| value.get(key).and_then(Json::as_str);
            assert_eq!(Some(&*scan.url), text("url"), "the gateway reads another url");
            assert_eq!(Some(&*scan.method), text("method"), "the gateway reads another method");
            assert_eq!(scan.tool_name.as_deref(), text("tool_name"), "the gateway reads another tool");
            assert_eq!(scan.body.as_ref(), value.get("body"), "the gateway reads another body");
        }
        Call::ScanResponse(response) => {
            assert_eq!(Some(&response.response_body), value.get("response_body"), "the gateway reads another response");
        }
        other => panic!("the gateway reads a scan as {other:?}"),
    }
}

/// Whether a body is one that the guard promises to serve: on one line, not too deep, and without the
/// keys that some JSON libraries take for instructions to themselves.
fn is_served(body: &[u8], value: &Json) -> bool {
    !body.contains(&b'\r') && !body.contains(&b'\n') && depth(value) <= SERVED_DEPTH && !has_reserved_key(value)
}
