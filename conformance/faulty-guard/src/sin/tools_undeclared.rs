//! A guard that has tools and does not say so.

use serde_json::json;

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{Request, RpcError};
use crate::version::Version;

pub(crate) struct ToolsUndeclared;

impl Guard for ToolsUndeclared {
    fn offer(&self, config: &Config, version: Version, request: &Request) -> Result<Object, RpcError> {
        let mut result = Honest.offer(config, version, request)?;
        if result.get("capabilities").is_some() {
            result.set("capabilities", json!({ "resources": {} }));
        }
        Ok(result)
    }
}
