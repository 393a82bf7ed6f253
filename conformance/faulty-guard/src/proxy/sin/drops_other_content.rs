//! A proxy that scans text, and passes on what it has scanned.

use serde_json::value::RawValue;

use crate::json::Object;
use crate::proxy::honest::Proxy;
use crate::proxy::rewrite;

pub(crate) struct DropsOtherContent;

impl Proxy for DropsOtherContent {
    fn to_client(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        vec![rewrite::within(line, &["result"], |result| {
            let blocks: Option<Vec<Box<RawValue>>> =
                result.get("content").and_then(|content| serde_json::from_str(content.get()).ok());
            let Some(mut blocks) = blocks else { return result };
            blocks.retain(|block| Object::of(block).is_some_and(|block| block.text("text").is_some()));
            result.with("content", blocks)
        })]
    }
}
