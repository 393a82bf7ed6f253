//! A guard that gave a tool its title for a name.

use serde_json::json;
use serde_json::value::RawValue;

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{Request, RpcError};
use crate::version::Version;

pub(crate) struct ToolNameSpaced;

impl Guard for ToolNameSpaced {
    fn offer(&self, config: &Config, version: Version, request: &Request) -> Result<Object, RpcError> {
        let result = Honest.offer(config, version, request)?;
        let Some(tools) = result.get("tools") else { return Ok(result) };
        let mut tools: Vec<Box<RawValue>> = serde_json::from_str(tools.get()).unwrap_or_default();
        let tool = json!({ "name": "About this guard", "inputSchema": { "type": "object" } });
        tools.push(crate::json::raw(tool));
        Ok(result.with("tools", tools))
    }
}
