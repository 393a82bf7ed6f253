//! The form of `_meta`, wherever it stands in what a guard writes. Never what its members mean.

use mock_gateway::json::Json;

use super::scene::Scene;
use super::{Findings, client};
use crate::finding::Code;

/// MCP 2025-11-25 and 2026-07-28, basic, "`_meta`": an object whose keys have a name, and before it perhaps a prefix
/// of labels; what names a trace has the form that W3C gave it.
pub(super) fn keys(scene: &Scene<'_>, findings: &mut Findings) {
    for message in scene.messages() {
        if let Some(problem) = ["result", "params"].iter().filter_map(|part| message.get(part)).find_map(problem) {
            let seen = [client(message.to_string())];
            findings.add(Code::MetaMalformed, &scene.recording.header.case, problem, seen);
        }
    }
}

/// What is wrong with any `_meta` in a value; what a tool gives as its result is its own.
fn problem(value: &Json) -> Option<String> {
    match value {
        Json::Array(items) => items.iter().find_map(problem),
        Json::Object(members) => members.iter().find_map(|(name, value)| match (name.as_str(), value) {
            ("structuredContent" | "arguments", _) => None,
            ("_meta", Json::Object(members)) => members.iter().find_map(|(key, value)| {
                let holds = is_key(key) && (key != "traceparent" || value.as_str().is_some_and(is_traceparent));
                (!holds).then(|| format!("a well-formed member of _meta in the place of `{key}`"))
            }),
            ("_meta", _) => Some("a _meta that is an object".to_owned()),
            _ => problem(value),
        }),
        _ => None,
    }
}

/// `prefix.of.labels/name`, where both may be missing.
fn is_key(key: &str) -> bool {
    let (labels, name) = match key.split_once('/') {
        Some((prefix, name)) => (prefix.split('.').collect(), name),
        None => (Vec::new(), key),
    };
    let is_alphanumeric = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let ends = |text: &str| is_alphanumeric(text.as_bytes().first()) && is_alphanumeric(text.as_bytes().last());
    let made_of = |text: &str, also: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || also.contains(c));
    let is_label = |label: &&str| {
        ends(label) && made_of(label, "-") && label.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
    };
    labels.iter().all(is_label) && (name.is_empty() || (ends(name) && made_of(name, "-_.")))
}

/// W3C Trace Context, section 3.2: four groups of hexadecimal digits.
fn is_traceparent(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    let is_hex = |group: &str| group.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let lengths: Vec<_> = groups.iter().map(|group| group.len()).collect();
    lengths.starts_with(&[2, 32, 16, 2]) && groups.iter().take(4).all(|group| is_hex(group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_labels_and_a_name() {
        for key in ["io.modelcontextprotocol/serverInfo", "progressToken", "a/", "x9/a-b_c.d", "com.ex-ample/1"] {
            assert!(is_key(key), "{key}");
        }
        for key in ["/a", "-a", "a-", "a b", "9x/a", "a..b/c", "a-/b", "a/b/c", "ä"] {
            assert!(!is_key(key), "{key}");
        }
    }

    #[test]
    fn a_trace_has_the_form_of_w3c_and_a_result_of_a_tool_is_its_own() {
        let odd = |text: &str| problem(&Json::parse(text.as_bytes()).unwrap()).is_some();
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert!(!odd(&format!(r#"{{"_meta":{{"traceparent":"{trace}"}}}}"#)));
        assert!(odd(r#"{"_meta":{"traceparent":"1"}}"#));
        assert!(odd(r#"{"content":[{"_meta":[]}]}"#) && odd(r#"{"tools":[{"_meta":{"a b":1}}]}"#));
        assert!(!odd(r#"{"structuredContent":{"_meta":{"a b":1}}}"#));
    }
}
