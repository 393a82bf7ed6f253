//! What becomes of the gateway's answer: verdict to result to text, and back. Never what was asked.

use bytes::Bytes;
use mcp_guard::answer::Answer;
use mcp_guard::verdict::{Decision, Verdict};
use mock_gateway::json::Json;

use crate::text::{depth, has_reserved_key, shown};

/// The deepest body that a verdict may carry: the guard follows 96 levels, and one stands around it.
const SERVED_DEPTH: usize = 95;

/// A result says what the verdict said: read back, its structure and its text are both the gateway's
/// answer, value for value and digit for digit, in one line; and only what is one of the four decisions,
/// with what it needs, is a verdict at all.
///
/// # Panics
/// When a result says something else than the gateway did, or something that is no verdict is one.
pub fn result_says_what_was_decided(answer: &[u8]) {
    let text = Bytes::copy_from_slice(answer);
    let strict = Json::parse(answer);
    let Ok(verdict) = Verdict::read(&text) else { return };
    let value = strict.unwrap_or_else(|error| panic!("a verdict that is no JSON ({error}): {}", shown(answer)));
    let decision = match verdict.decision() {
        Decision::Allow => "ALLOW",
        Decision::Sanitize => "SANITIZE",
        Decision::Deny => "DENY",
        Decision::RequireApproval => "REQUIRE_APPROVAL",
    };
    assert_eq!(value.get("decision").and_then(Json::as_str), Some(decision), "another decision: {value}");
    let reasons = value.get("reason_codes").and_then(Json::as_array).unwrap_or_default();
    let reasons: Vec<_> = reasons.iter().filter_map(Json::as_str).collect();
    assert_eq!(verdict.reasons(), reasons, "other reasons: {value}");
    let sanitized = verdict.sanitized_body().map(|body| Json::parse(&body));
    let expected = value.get("sanitized_body").filter(|_| decision == "SANITIZE").cloned();
    assert_eq!(sanitized, expected.map(Ok), "another body: {value}");
    let approval = value.get("approval_id").and_then(Json::as_str).filter(|_| decision == "REQUIRE_APPROVAL");
    assert_eq!(verdict.approval().map(|approval| &*approval.id), approval, "another approval: {value}");

    assert_eq!(result(&verdict, None), value, "the result says something else");
    let with_console = result(&verdict, Some("https://console.example"));
    let (Json::Object(ours), Json::Object(theirs)) = (&with_console, &value) else { panic!("no object: {value}") };
    let others = |members: &[(String, Json)]| -> Vec<_> {
        members.iter().filter(|(key, _)| key != "approval_url").cloned().collect()
    };
    assert_eq!(Json::Object(others(ours)), Json::Object(others(theirs)), "the console's address changes the rest");
    if decision == "REQUIRE_APPROVAL" {
        let given = value.get("approval_url").and_then(Json::as_str).filter(|url| !url.trim().is_empty());
        let shown = with_console.get("approval_url").and_then(Json::as_str);
        assert!(given.map_or(shown.is_some(), |given| shown == Some(given)), "another address: {with_console}");
    }
}

/// The body that a SANITIZE brings is the gateway's, byte for byte; what is not strict JSON brings none.
///
/// # Panics
/// When a byte of the body is another one.
pub fn sanitized_body_is_the_gateways(body: &[u8]) {
    let answer =
        [br#"{"decision":"SANITIZE","reason_codes":["PII"],"sanitized_body":"#, body, br#","trace_id":"t"}"#].concat();
    match (Json::parse(body), Verdict::read(&Bytes::from(answer))) {
        (Ok(_), Ok(verdict)) => {
            let told = verdict.sanitized_body().expect("a SANITIZE has a body");
            assert_eq!(shown(&told), shown(body.trim_ascii()), "another body than the gateway's");
            assert_eq!(verdict.decision(), Decision::Sanitize, "the body changed the decision: {}", shown(body));
        }
        (Ok(value), Err(error)) => {
            let is_served = depth(&value) <= SERVED_DEPTH && !has_reserved_key(&value);
            assert!(!is_served, "no verdict ({error}), though its body is strict JSON: {}", shown(body));
        }
        // Text that closes the body itself may make another verdict, never another decision.
        (Err(_), Ok(verdict)) => assert_eq!(verdict.decision(), Decision::Sanitize, "escalated by {}", shown(body)),
        (Err(_), Err(_)) => {}
    }
}

/// What a client reads in the result of a scan, where structure and text agree.
fn result(verdict: &Verdict, console: Option<&str>) -> Json {
    let members = Answer::verdict(verdict, console).members().clone();
    assert!(!members.contains(&b'\n') && !members.contains(&b'\r'), "more than one line: {}", shown(&members));
    let line = [b"{", &members[..], b"}"].concat();
    let read =
        Json::parse(&line).unwrap_or_else(|error| panic!("a result that is no JSON ({error}): {}", shown(&line)));
    assert_eq!(read.get("isError").and_then(Json::as_bool), Some(false), "a decision read as an error");
    let text = read.pointer("/content/0/text").and_then(Json::as_str).unwrap_or_else(|| panic!("no text in {read}"));
    let structured = read.get("structuredContent").unwrap_or_else(|| panic!("no structure in {read}"));
    assert_eq!(Json::parse(text.as_bytes()).as_ref(), Ok(structured), "text and structure differ");
    structured.clone()
}
