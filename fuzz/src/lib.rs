//! Properties of request encoding, each one function that takes what a fuzzer makes and panics where
//! the property does not hold. Called by proptest in `tests/`; a fuzz target calls the same function.

use bytes::{Buf, Bytes};
use mcp_guard::frame::{self, Message};
use mcp_guard::scan::Scan;
use mock_gateway::json::Json;

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
    let sent = through_the_guard(body);
    match (&strict, &sent) {
        (Some(value), Some(wire)) => {
            let wire = Json::parse(wire).expect("what the guard sends is strict JSON");
            assert_eq!(wire.get("body"), Some(value), "the body changed on its way");
            assert_eq!(wire.get("url").and_then(Json::as_str), Some("https://example.com/"), "the url changed");
        }
        (Some(value), None) => assert!(!is_served(body, value), "refused, though strict JSON: {value}"),
        (None, Some(_)) => panic!("accepted, though not strict JSON: {:?}", String::from_utf8_lossy(body)),
        (None, None) => {}
    }
}

/// The request that the guard would send for a scan with this body; `None` when it refuses the line.
fn through_the_guard(body: &[u8]) -> Option<Vec<u8>> {
    let before = br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"interven_scan","arguments":{"tool_name":"t","method":"POST","url":"https://example.com/","body":"#;
    let line = Bytes::from([before, body, b"}}}"].concat());
    let Ok(Message::Request(request)) = frame::read(&line) else { return None };
    let scan = Scan::read(request.arguments()?).ok()?;
    let mut pieces = scan.encode(None).pieces();
    Some(pieces.copy_to_bytes(pieces.remaining()).to_vec())
}

/// Whether a body is one that the guard promises to serve: on one line, not too deep, and without the
/// keys that some JSON libraries take for instructions to themselves.
fn is_served(body: &[u8], value: &Json) -> bool {
    !body.contains(&b'\r') && depth(value) <= SERVED_DEPTH && !value.to_string().contains("$serde_json::private::")
}

fn depth(value: &Json) -> usize {
    match value {
        Json::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Json::Object(members) => 1 + members.iter().map(|(_, value)| depth(value)).max().unwrap_or(0),
        _ => 0,
    }
}
