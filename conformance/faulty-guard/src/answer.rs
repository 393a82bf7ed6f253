//! A verdict or a failure, as the result of a tool call (MCP, server/tools): structured,
//! and the same as text. Never the gateway.

use crate::json::{Object, raw};
use crate::question::Failure;

/// The result of `tools/call`, before it is written.
#[derive(Debug)]
pub(crate) struct ToolResult {
    pub(crate) text: String,
    pub(crate) structured: Option<Object>,
    pub(crate) is_error: bool,
}

impl ToolResult {
    /// A verdict is a scan that worked, a denial too. A failure has no structure to mistake for one.
    pub(crate) fn of(verdict: Result<Object, Failure>) -> Self {
        match verdict {
            Ok(object) => Self { text: raw(&object).get().to_owned(), structured: Some(object), is_error: false },
            Err(failure) => Self {
                text: format!("scan failed: {failure}. There is no verdict, so do not run the tool call."),
                structured: None,
                is_error: true,
            },
        }
    }

    pub(crate) fn object(&self) -> Object {
        let text = Object::default().with("type", "text").with("text", &self.text);
        let mut result = Object::default().with("content", [text]);
        if let Some(structured) = &self.structured {
            result.set("structuredContent", structured);
        }
        result.with("isError", self.is_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_structure_are_the_same_bytes() {
        let verdict = r#"{"decision":"DENY","risk_score":0.90}"#;
        let result = ToolResult::of(Ok(Object::parse(verdict.as_bytes()).unwrap()));
        assert_eq!(
            raw(result.object()).get(),
            r#"{"content":[{"type":"text","text":"{\"decision\":\"DENY\",\"risk_score\":0.90}"}],"structuredContent":{"decision":"DENY","risk_score":0.90},"isError":false}"#
        );
    }

    #[test]
    fn a_failure_is_an_error_without_structure() {
        let result = ToolResult::of(Err(Failure("url is missing".into())));
        assert_eq!(
            raw(result.object()).get(),
            r#"{"content":[{"type":"text","text":"scan failed: url is missing. There is no verdict, so do not run the tool call."}],"isError":true}"#
        );
    }
}
