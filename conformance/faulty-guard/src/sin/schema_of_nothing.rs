//! A guard that has nothing to say of a tool's arguments, and says it with null.

use serde_json::Value;

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{Request, RpcError};
use crate::version::Version;

pub(crate) struct SchemaOfNothing;

impl Guard for SchemaOfNothing {
    fn offer(&self, config: &Config, version: Version, request: &Request) -> Result<Object, RpcError> {
        let result = Honest.offer(config, version, request)?;
        let Some(tools) = result.get("tools") else { return Ok(result) };
        let mut tools: Vec<Value> = serde_json::from_str(tools.get()).unwrap_or_default();
        if let Some(last) = tools.last_mut() {
            last["inputSchema"] = Value::Null;
        }
        Ok(result.with("tools", tools))
    }
}
