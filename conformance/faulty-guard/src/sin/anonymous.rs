//! A guard that keeps its name to itself.

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{Request, RpcError};
use crate::version::Version;

pub(crate) struct Anonymous;

impl Guard for Anonymous {
    fn offer(&self, config: &Config, version: Version, request: &Request) -> Result<Object, RpcError> {
        let mut result = Honest.offer(config, version, request)?;
        result.remove("serverInfo");
        Ok(result)
    }
}
