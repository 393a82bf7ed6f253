//! A guard that has guidance for models and does not say where.

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{Request, RpcError};
use crate::version::Version;

pub(crate) struct AboutUnlisted;

impl Guard for AboutUnlisted {
    fn offer(&self, config: &Config, version: Version, request: &Request) -> Result<Object, RpcError> {
        let result = Honest.offer(config, version, request)?;
        if request.method == "resources/list" {
            return Ok(result.with("resources", [(); 0]));
        }
        Ok(result)
    }
}
