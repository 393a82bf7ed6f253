//! A guard that thinks a block with text in it needs no type.

use serde_json::json;

use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::version::Version;

pub(crate) struct ContentUntyped;

impl Guard for ContentUntyped {
    fn dress(&self, version: Version, method: &str, result: Object) -> Object {
        let result = Honest.dress(version, method, result);
        match result.get("content").map(|content| content.get().to_owned()) {
            Some(content) => {
                let mut blocks: Vec<serde_json::Value> = serde_json::from_str(&content).unwrap_or_default();
                blocks.push(json!({ "text": "scanned" }));
                result.with("content", blocks)
            }
            None => result,
        }
    }
}
