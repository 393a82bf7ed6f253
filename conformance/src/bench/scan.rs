//! One scan as it crosses each wire: the client's line, the bare request, the gateway's answer, and whether
//! an answer is the right one. Bytes only; never how they travel.

use memchr::memmem;
use mock_gateway::json::Json;

use crate::party::dialect::Dialect;
use crate::verdict::Verdict;

/// How the number of a scan is marked in its arguments, and in the arguments of a call.
const MARK: &str = "scan-";

/// How many digits a number has everywhere.
const DIGITS: usize = 12;

/// The guard answered, and not as it was bound to: nothing that was measured counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}; a bench of a guard that answers wrongly would mean nothing, so run the suite on it first")]
pub struct Wrong(pub String);

/// What a line of the guard is.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// The answer to the request of this id, whole.
    Answer(u64, Json),
    /// A notification, or a request of the guard's own.
    Other,
}

/// The arguments of the scan of this number, with at least `size` bytes of a body.
#[must_use]
pub fn arguments(number: u64, size: usize) -> String {
    let text = format!("{MARK}{number:0DIGITS$} ");
    // What else is in the body is about 24 bytes.
    let padding = "x".repeat(size.saturating_sub(text.len() + 24));
    format!(
        r#"{{"tool_name":"slack","method":"POST","url":"https://slack.com/api/chat.postMessage","body":{{"channel":"C1","text":"{text}{padding}"}}}}"#
    )
}

/// A request as one line; its id is a number.
#[must_use]
pub(crate) fn request(dialect: &Dialect, id: u64, method: &str, params: Option<&str>) -> Vec<u8> {
    let params = dialect.params(params).map(|params| format!(",\"params\":{params}")).unwrap_or_default();
    format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"{method}\"{params}}}\n").into_bytes()
}

/// The call of a tool as one line.
#[must_use]
pub(crate) fn call(dialect: &Dialect, id: u64, tool: &str, arguments: &str) -> Vec<u8> {
    let meta = dialect.meta();
    let tool = Json::String(tool.to_owned());
    format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/call\",\"params\":{{{meta}\"name\":{tool},\"arguments\":{arguments}}}}}\n"
    )
    .into_bytes()
}

/// The same scan as the bare request that a guard makes of it, head and body.
#[must_use]
pub fn post(host: &str, number: u64, size: usize) -> Vec<u8> {
    let body = arguments(number, size);
    format!(
        "POST /v1/scan HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer iv_test_bench\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The number that a request body is marked with.
#[must_use]
pub fn number(body: &[u8]) -> Option<u64> {
    let at = memmem::find(body, MARK.as_bytes())? + MARK.len();
    std::str::from_utf8(body.get(at..at + DIGITS)?).ok()?.parse().ok()
}

/// The trace that the gateway gives to the scan of this number, as the UUID it has to be.
#[must_use]
pub fn trace(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:0DIGITS$}")
}

/// What the gateway decides about the scan of this number.
#[must_use]
pub fn decided(number: u64) -> String {
    let trace = trace(number);
    format!(
        r#"{{"decision":"ALLOW","risk_score":0.02,"risk_band":"LOW","reason_codes":[],"trace_id":"{trace}","tool_name":"slack","operation":"write","classifications":[],"signals":[]}}"#
    )
}

/// Reads a line of the guard.
///
/// # Errors
/// It is no message, or an answer to what the bench never asked.
pub fn heard(line: &[u8]) -> Result<Heard, Wrong> {
    let message = Json::parse(line.trim_ascii_end())
        .map_err(|error| Wrong(format!("the guard wrote what is no message ({error}): {}", shorten(line))))?;
    if message.get("method").is_some() {
        return Ok(Heard::Other);
    }
    let id = match message.get("id") {
        Some(Json::Number(id)) => id.parse().ok(),
        _ => None,
    };
    id.map(|id| Heard::Answer(id, message))
        .ok_or_else(|| Wrong(format!("the guard answered what was never asked: {}", shorten(line))))
}

/// The `result` of an answer.
///
/// # Errors
/// It has an `error` in its place.
pub fn result(answer: &Json) -> Result<&Json, Wrong> {
    answer.get("result").ok_or_else(|| Wrong(format!("the guard answered with {}", shorten(&text(answer)))))
}

/// Whether a line answers something, as far as that can be told in no time; what is no message does.
#[must_use]
pub fn answers(line: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Kind {
        method: Option<serde::de::IgnoredAny>,
    }
    serde_json::from_slice::<Kind>(line).map_or(true, |kind| kind.method.is_none())
}

/// Checks that an answer lets the scan of this number through, and is its own.
///
/// # Errors
/// It is another decision, or another scan's.
pub fn is_allowed(answer: &Json, number: u64) -> Result<(), Wrong> {
    let result = result(answer)?;
    let verdict = Verdict::read(result);
    let told = verdict.member("trace_id").and_then(Json::as_str);
    if verdict.is_error || verdict.decision() != Some("ALLOW") {
        return Err(Wrong(format!("scan {number} was allowed, and the guard says {}", shorten(&text(result)))));
    }
    if told != Some(&trace(number)) {
        return Err(Wrong(format!("scan {number} got the verdict of another one: {}", shorten(&text(result)))));
    }
    Ok(())
}

/// Checks that an answer is what the bench's server made of the call of this number.
///
/// # Errors
/// It is something else.
pub fn has_run(answer: &Json, number: u64) -> Result<(), Wrong> {
    let result = result(answer)?;
    let is_own = memmem::find(&text(result), format!("{MARK}{number:0DIGITS$}").as_bytes()).is_some();
    let is_error = result.get("isError").and_then(Json::as_bool).unwrap_or(false);
    if is_own && !is_error {
        return Ok(());
    }
    Err(Wrong(format!("call {number} was allowed and did not run: {}", shorten(&text(result)))))
}

fn text(value: &Json) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// The beginning of a line, as it can be shown.
fn shorten(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line.trim_ascii_end());
    match text.char_indices().nth(300) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_is_known_by_its_number_on_every_wire() {
        assert_eq!(number(arguments(42, 0).as_bytes()), Some(42));
        assert_eq!(number(&post("localhost", 43, 1024)), Some(43));
        assert_eq!(number(b"{\"text\":\"scan-12\"}"), None);
        assert!(decided(44).contains(&trace(44)));
        let size = arguments(1, 64 << 10).len();
        assert!((64 << 10..66 << 10).contains(&size), "{size}");
    }

    fn answer(id: u64, number: u64, decision: &str) -> Vec<u8> {
        let verdict = decided(number).replace("ALLOW", decision);
        format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{{\"structuredContent\":{verdict},\"content\":[]}}}}\n")
            .into_bytes()
    }

    fn judged(line: &[u8], id: u64) -> Result<(), Wrong> {
        match heard(line)? {
            Heard::Answer(told, answer) if told == id => is_allowed(&answer, id),
            other => Err(Wrong(format!("{other:?}"))),
        }
    }

    #[test]
    fn only_the_right_answer_is_right() {
        assert_eq!(judged(&answer(7, 7, "ALLOW"), 7), Ok(()));
        assert!(judged(&answer(7, 7, "DENY"), 7).unwrap_err().0.contains("scan 7 was allowed"));
        assert!(judged(&answer(7, 8, "ALLOW"), 7).unwrap_err().0.contains("verdict of another"));
        assert!(judged(&answer(8, 7, "ALLOW"), 7).unwrap_err().0.contains("Answer(8"));
        assert!(judged(b"ready\n", 7).unwrap_err().0.contains("no message"));
        assert!(judged(br#"{"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"no"}}"#, 7).is_err());
        let notice = br#"{"jsonrpc":"2.0","method":"notifications/message","params":{}}"#;
        assert_eq!(heard(notice), Ok(Heard::Other));
        assert!(!answers(notice) && answers(&answer(7, 7, "ALLOW")) && answers(b"ready\n"));
    }

    #[test]
    fn a_call_that_ran_says_so_itself() {
        let result = |text: &str| Json::parse(text.as_bytes()).unwrap();
        let ran = result(r#"{"result":{"content":[{"type":"text","text":"scan-000000000009"}]}}"#);
        assert_eq!(has_run(&ran, 9), Ok(()));
        assert!(has_run(&ran, 8).is_err());
        assert!(
            has_run(
                &result(r#"{"result":{"content":[{"type":"text","text":"scan-000000000009"}],"isError":true}}"#),
                9
            )
            .is_err()
        );
    }
}
