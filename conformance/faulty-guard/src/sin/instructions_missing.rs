//! A guard that leaves the model to guess when to scan.

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{Request, RpcError};
use crate::version::Version;

pub(crate) struct InstructionsMissing;

impl Guard for InstructionsMissing {
    fn offer(&self, config: &Config, version: Version, request: &Request) -> Result<Object, RpcError> {
        let mut result = Honest.offer(config, version, request)?;
        result.remove("instructions");
        Ok(result)
    }
}
