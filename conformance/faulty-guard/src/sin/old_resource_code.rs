//! A guard that kept a code which the stateless version forbids.

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{RESOURCE_NOT_FOUND, Request, RpcError};
use crate::version::Version;

pub(crate) struct OldResourceCode;

impl Guard for OldResourceCode {
    fn offer(&self, config: &Config, version: Version, request: &Request) -> Result<Object, RpcError> {
        Honest.offer(config, version, request).map_err(|error| {
            let is_unknown = request.method == "resources/read" && request.params.text("uri").is_some();
            if is_unknown { RpcError { code: RESOURCE_NOT_FOUND, ..error } } else { error }
        })
    }
}
