//! A guard whose schemas speak the language that it is written in.

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{Request, RpcError};
use crate::version::Version;

pub(crate) struct SchemaInvalid;

impl Guard for SchemaInvalid {
    fn offer(&self, config: &Config, version: Version, request: &Request) -> Result<Object, RpcError> {
        let result = Honest.offer(config, version, request)?;
        let Some(tools) = result.get("tools") else { return Ok(result) };
        let tools = tools.get().replace("\"integer\"", "\"int\"");
        let tools = serde_json::value::RawValue::from_string(tools).expect("a word was replaced by another");
        Ok(result.with("tools", tools))
    }
}
