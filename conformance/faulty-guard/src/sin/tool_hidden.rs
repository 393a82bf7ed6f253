//! A guard written before the second tool existed.

use crate::config::Config;
use crate::guard::Guard;
use crate::json::Object;
use crate::message::{Request, RpcError};
use crate::offer;
use crate::question::Tool;
use crate::version::Version;

pub(crate) struct ToolHidden;

impl Guard for ToolHidden {
    fn offer(&self, _config: &Config, version: Version, request: &Request) -> Result<Object, RpcError> {
        match request.method.as_str() {
            "tools/list" => Ok(offer::tools(&[Tool::Scan])),
            _ => offer::answer(version, request),
        }
    }
}
