//! A verdict, a receipt or a failure → the result of a tool call, structured and as text. Written by
//! hand, so that what the gateway sent goes on byte for byte. Pure; never decides anything.

use std::borrow::Cow;
use std::fmt::Display;

use bytes::Bytes;

use crate::json::Document;
use crate::verdict::{Receipt, Verdict};

/// The members of a `CallToolResult` (MCP 2025-11-25, server/tools), without the braces around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer(Bytes);

impl Answer {
    /// A scan that worked, whatever was decided: DENY is no error of the tool.
    ///
    /// A gateway that names an approval but no place to decide it gets one at `console`.
    #[must_use]
    pub fn verdict(verdict: &Verdict, console: Option<&str>) -> Self {
        Self::structured(&with_approval_url(verdict, console))
    }

    /// A response that was reported.
    #[must_use]
    pub fn receipt(receipt: &Receipt) -> Self {
        Self::structured(receipt.text())
    }

    /// A scan that failed: an error that names no decision.
    #[must_use]
    pub fn scan_failed(why: &dyn Display) -> Self {
        Self::failure(&format!(
            "scan failed: {why}. The call was not cleared: do not run it, tell the user what failed."
        ))
    }

    /// A response that could not be reported.
    #[must_use]
    pub fn report_failed(why: &dyn Display) -> Self {
        Self::failure(&format!("the response was not reported: {why}. Tell the user what failed."))
    }

    /// The members, ready to stand between the braces of a result.
    #[must_use]
    pub fn members(&self) -> &Bytes {
        &self.0
    }

    fn structured(text: &str) -> Self {
        // To the byte for a text without control characters: a long one that grew would be copied whole.
        let escapes = text.bytes().filter(|byte| matches!(byte, b'"' | b'\\' | ..b' ')).count();
        let mut out = Vec::with_capacity(2 * text.len() + escapes + 96);
        put_text(&mut out, text);
        out.extend_from_slice(b",\"structuredContent\":");
        let start = out.len();
        out.extend_from_slice(text.as_bytes());
        // The text above keeps its line breaks.
        in_one_line(&mut out[start..]);
        out.extend_from_slice(b",\"isError\":false");
        Self(out.into())
    }

    fn failure(text: &str) -> Self {
        let mut out = Vec::with_capacity(text.len() + 64);
        put_text(&mut out, text);
        out.extend_from_slice(b",\"isError\":true");
        Self(out.into())
    }
}

/// A message is one line (MCP 2025-11-25, basic/transports): line breaks, which JSON allows between
/// tokens only, become spaces.
pub fn in_one_line(json: &mut [u8]) {
    for byte in json {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(b"\"content\":[{\"type\":\"text\",\"text\":");
    serde_json::to_writer(&mut *out, text).expect("a string is written to memory");
    out.extend_from_slice(b"}]");
}

fn with_approval_url<'v>(verdict: &'v Verdict, console: Option<&str>) -> Cow<'v, str> {
    let text = verdict.text();
    let (Some(approval), Some(console)) = (verdict.approval(), console) else { return text.into() };
    if approval.url.is_some() {
        return text.into();
    }
    let url = serde_json::Value::from(approval.at(console));
    let document = Document::read(text.as_bytes(), 1).expect("a verdict's text was read before");
    // Present but null or empty, it is replaced where it stands; else it becomes the last member.
    match document.root().get("approval_url").map(crate::json::Value::span) {
        Some(span) => format!("{}{url}{}", &text[..span.start], &text[span.end..]).into(),
        None => format!("{},\"approval_url\":{url}}}", &text[..text.len() - 1]).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONSOLE: Option<&str> = Some("https://console.example");

    fn answer(verdict: &str, console: Option<&str>) -> (serde_json::Value, String) {
        let verdict = Verdict::read(&Bytes::copy_from_slice(verdict.as_bytes())).unwrap();
        let members = Answer::verdict(&verdict, console).0;
        let line = format!("{{{}}}", std::str::from_utf8(&members).unwrap());
        (serde_json::from_str(&line).unwrap(), line)
    }

    #[test]
    fn a_verdict_goes_on_byte_for_byte_twice() {
        let verdict = r#"{"decision":"SANITIZE", "sanitized_body":{"n":[1.10,1e400],"s":"\u00e9\/"},"new":-0}"#;
        let line = format!("{{{}}}", std::str::from_utf8(answer_bytes(verdict).members()).unwrap());
        assert!(line.ends_with(&format!(r#","structuredContent":{verdict},"isError":false}}"#)), "{line}");
        let content: String = line.split(",\"structuredContent\"").next().unwrap().to_owned() + "}";
        let content: serde_json::Value = serde_json::from_str(&content).unwrap();
        assert_eq!(content["content"][0]["text"], verdict);
    }

    fn answer_bytes(verdict: &str) -> Answer {
        Answer::verdict(&Verdict::read(&Bytes::copy_from_slice(verdict.as_bytes())).unwrap(), None)
    }

    #[test]
    fn a_pretty_printed_verdict_becomes_one_line() {
        let (result, line) = answer("{\r\n  \"decision\": \"ALLOW\"\n}\n", None);
        assert!(!line.contains(['\n', '\r']));
        assert_eq!(result["content"][0]["text"], "{\r\n  \"decision\": \"ALLOW\"\n}");
        assert_eq!(result["structuredContent"], serde_json::json!({ "decision": "ALLOW" }));
    }

    #[test]
    fn an_approval_without_an_address_gets_the_console_s() {
        for (given, built) in [
            (r#"{"decision":"REQUIRE_APPROVAL","approval_id":"a-1"}"#, "https://console.example/approvals/a-1"),
            (
                r#"{"approval_url":null,"decision":"REQUIRE_APPROVAL","approval_id":"a-1"}"#,
                "https://console.example/approvals/a-1",
            ),
            (
                r#"{"decision":"REQUIRE_APPROVAL","approval_url":"","approval_id":"../?x"}"#,
                "https://console.example/approvals/%2E%2E%2F%3Fx",
            ),
            (r#"{"decision":"REQUIRE_APPROVAL","approval_id":"a-1","approval_url":"https://o/1"}"#, "https://o/1"),
        ] {
            let (result, _) = answer(given, CONSOLE);
            assert_eq!(result["structuredContent"]["approval_url"], built, "{given}");
            assert_eq!(
                result["content"][0]["text"].as_str().unwrap().parse::<serde_json::Value>().unwrap(),
                result["structuredContent"]
            );
        }
        let (result, _) = answer(r#"{"decision":"REQUIRE_APPROVAL","approval_id":"a-1"}"#, None);
        assert_eq!(result["structuredContent"].get("approval_url"), None);
        let (result, _) = answer(r#"{"decision":"ALLOW","approval_id":"a-1"}"#, CONSOLE);
        assert_eq!(result["structuredContent"].get("approval_url"), None);
    }

    #[test]
    fn a_failure_is_an_error_without_a_decision() {
        let line = format!("{{{}}}", std::str::from_utf8(&Answer::scan_failed(&"the \"gateway\" hung").0).unwrap());
        let result: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(result["isError"], true);
        assert_eq!(result.get("structuredContent"), None);
        let text = result["content"][0]["text"].as_str().unwrap();
        assert!(text.starts_with("scan failed: the \"gateway\" hung. ") && !text.contains("ALLOW"), "{text}");
    }
}
