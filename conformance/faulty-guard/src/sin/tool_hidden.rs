//! A guard written before the second tool existed.

use serde_json::value::RawValue;

use crate::config::Config;
use crate::guard::Guard;
use crate::message::{Request, RpcError};
use crate::offer;
use crate::question::Tool;

pub(crate) struct ToolHidden;

impl Guard for ToolHidden {
    fn offer(&self, _config: &Config, request: &Request) -> Result<Box<RawValue>, RpcError> {
        match request.method.as_str() {
            "tools/list" => Ok(offer::tools(&[Tool::Scan])),
            _ => offer::answer(request),
        }
    }
}
