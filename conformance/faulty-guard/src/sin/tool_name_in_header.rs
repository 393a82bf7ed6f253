//! A guard that writes the head of its requests by hand, line breaks and all.

use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::Guard;
use crate::question::Question;

pub(crate) struct ToolNameInHeader;

impl Guard for ToolNameInHeader {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        let name = question.body.text("tool_name").unwrap_or_default();
        let head = format!("x-tool-name: {name}");
        let line = |line: &str| line.split_once(": ").map(|(name, value)| (name.trim().to_owned(), value.to_owned()));
        let headers: Vec<_> = head.lines().filter_map(line).collect();
        gateway.post_with(&gateway.url(question), question, Some(gateway.deadline()), &headers)
    }
}
