//! A proxy built on types: what they do not know is gone.

use crate::proxy::honest::Proxy;
use crate::proxy::rewrite;

/// What it knows of the result of a tool call and of a list of tools.
const RESULT: [&str; 8] =
    ["content", "structuredContent", "isError", "tools", "nextCursor", "resultType", "ttlMs", "cacheScope"];

/// What it knows of a tool.
const TOOL: [&str; 6] = ["name", "title", "description", "inputSchema", "outputSchema", "annotations"];

pub(crate) struct DropsUnknownFields;

impl Proxy for DropsUnknownFields {
    fn to_client(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        let line = rewrite::within(line, &["result"], |mut result| {
            if ["content", "tools"].iter().any(|member| result.get(member).is_some()) {
                result.retain(|key| key == "_meta" || RESULT.contains(&key));
            }
            result
        });
        vec![rewrite::each_tool(line, |mut tool| {
            tool.retain(|key| key == "_meta" || TOOL.contains(&key));
            tool
        })]
    }
}
