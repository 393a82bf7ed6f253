//! What the guard sees in a client's line, and what it makes of it: against what an independent parser
//! sees there. Never what is scanned.

use bytes::Bytes;
use mcp_guard::frame::{self, Id, MOST_IN_BATCH, Message, Request};
use mcp_guard::json::Document;
use mock_gateway::json::Json;

use crate::text::shown;

/// The message that the guard reads in a line is the one that stands there: its id, its method, the
/// name and the arguments of a call. What is handed to a library and what goes on to a server are one
/// line each and say the same, and a refusal goes to whoever sent what was refused.
///
/// # Panics
/// Where the guard sees another message than a strict parser does.
pub fn line_is_read_as_written(line: &[u8]) {
    // Whoever reads lines never sees a line feed in one.
    let line = Bytes::copy_from_slice(line.split(|byte| *byte == b'\n').next().unwrap_or_default());
    let inner = line.strip_suffix(b"\r").unwrap_or(&line);
    let value = Json::parse(inner);
    let is_readable = !inner.contains(&b'\r') && Document::read(inner, 1).is_ok();
    match frame::read(&line) {
        Ok(message) => {
            assert!(!inner.contains(&b'\r'), "a carriage return inside an accepted line: {}", shown(&line));
            let value = value.unwrap_or_else(|error| panic!("accepted, though {error}: {}", shown(&line)));
            is_told(&message, &value);
        }
        Err(refusal) => {
            assert!(!refusal.text.contains(['\n', '\r']), "a refusal in several lines: {}", refusal.text);
            let Ok(value) = value else { return };
            if let Some(id) = &refusal.id {
                assert_eq!(Some(parsed(id)), value.get("id").cloned(), "refused to somebody else: {}", shown(&line));
            }
            let asks = value.get("method").is_some() && value.get("id").is_some_and(is_id);
            assert!(!(is_readable && asks && refusal.id.is_none()), "refused to nobody: {}", shown(&line));
            assert!(!(asks && refusal.silent), "refused without an answer: {}", shown(&line));
        }
    }
}

fn is_told(message: &Message, value: &Json) {
    let method = value.get("method").and_then(Json::as_str);
    match message {
        Message::Request(request) => {
            assert_eq!(Some(&parsed(&request.id)), value.get("id"), "another id in {value}");
            assert_eq!(Some(&*request.method), method, "another method in {value}");
            assert!(value.get("result").is_none() && value.get("error").is_none(), "an answer too: {value}");
            stub_keeps_the_rest(request, value);
            assert_eq!(request.call().is_some(), method == Some("tools/call"), "a call or none: {value}");
            if request.call().is_some() {
                call_goes_on_as_it_came(request, value);
            }
        }
        Message::Notification(notification) => {
            assert_eq!((Some(&*notification.method), value.get("id")), (method, None), "no notification: {value}");
            if let Some(id) = &notification.cancels {
                assert_eq!(Some(&parsed(id)), value.pointer("/params/requestId"), "cancels another one: {value}");
            }
        }
        Message::Response(response) => {
            assert_eq!(method, None, "a request read as a response: {value}");
            let id = response.id.as_ref().map_or(Json::Null, parsed);
            assert_eq!(&id, value.get("id").unwrap_or(&Json::Null), "answers another one: {value}");
            let result = response.result.as_ref().map(|result| Json::parse(result));
            assert_eq!(result, value.get("result").cloned().map(Ok), "another result in {value}");
        }
        Message::Batch(elements) => {
            let all = value.as_array().unwrap_or_else(|| panic!("no batch: {value}"));
            assert_eq!(elements.len(), all.len().min(MOST_IN_BATCH + 1), "some of a batch are missing");
            for (element, value) in elements.iter().zip(all) {
                assert_eq!(Json::parse(element).as_ref(), Ok(value), "another message in a batch");
            }
        }
    }
}

fn stub_keeps_the_rest(request: &Request, value: &Json) {
    let mut expected = value.clone();
    put(&mut expected, "id", "7");
    if request.arguments().is_some()
        && let Json::Object(members) = &mut expected
        && let Some((_, params)) = members.iter_mut().find(|(key, _)| key == "params")
    {
        put(params, "arguments", "{}");
    }
    let stub = request.stub(7);
    assert_eq!(Json::parse(&stub), Ok(expected), "the stub says something else: {}", shown(&stub));
}

fn call_goes_on_as_it_came(request: &Request, value: &Json) {
    let call = request.call().unwrap_or_else(|| panic!("no call: {value}"));
    assert_eq!(Some(&*call.name()), value.pointer("/params/name").and_then(Json::as_str), "another tool in {value}");
    let arguments = request.arguments().map(|arguments| Json::parse(arguments.as_str().as_bytes()));
    assert_eq!(arguments, value.pointer("/params/arguments").cloned().map(Ok), "other arguments in {value}");
    let line = call.line(&request.id, &[]);
    let text = line.strip_suffix(b"\n").unwrap_or_else(|| panic!("a line without an end: {}", shown(&line)));
    assert!(!text.contains(&b'\n') && !text.contains(&b'\r'), "more than one line: {}", shown(text));
    assert_eq!(Json::parse(text).as_ref(), Ok(value), "another call goes on: {}", shown(text));
    let instead = [("arguments", Some(Bytes::from_static(b"{\"s\":1.10}")))];
    let sanitized = call.line(&request.id, &instead);
    let put = Json::parse(&sanitized).ok().and_then(|line| line.pointer("/params/arguments").cloned());
    assert_eq!(
        put.map(|put| put.to_string()).as_deref(),
        Some("{\"s\":1.10}"),
        "not what was put: {}",
        shown(&sanitized)
    );
}

fn put(object: &mut Json, key: &str, text: &str) {
    if let Json::Object(members) = object
        && let Some((_, value)) = members.iter_mut().find(|(name, _)| name == key)
    {
        *value = Json::parse(text.as_bytes()).expect("what we put is JSON");
    }
}

fn parsed(id: &Id) -> Json {
    Json::parse(id.as_json().as_bytes()).expect("an id is JSON")
}

/// A string or an integer (MCP 2025-11-25, basic).
pub(crate) fn is_id(id: &Json) -> bool {
    match id {
        Json::String(_) => true,
        Json::Number(text) => !text.contains(['.', 'e', 'E']),
        _ => false,
    }
}
