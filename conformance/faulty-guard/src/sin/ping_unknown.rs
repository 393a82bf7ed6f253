//! A guard written for the version without ping, and offered in the others too.

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{METHOD_NOT_FOUND, Request, RpcError};
use crate::version::Version;

pub(crate) struct PingUnknown;

impl Guard for PingUnknown {
    fn offer(&self, config: &Config, version: Version, request: &Request) -> Result<Object, RpcError> {
        match request.method.as_str() {
            "ping" => Err(RpcError::new(METHOD_NOT_FOUND, "unknown method \"ping\"")),
            _ => Honest.offer(config, version, request),
        }
    }
}
