//! A guard that serves nobody who does not say who he is.

use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{INVALID_PARAMS, Request, RpcError};
use crate::version::Version;

pub(crate) struct ClientInfoDemanded;

impl Guard for ClientInfoDemanded {
    fn version(&self, request: &Request, handshake: Option<Version>) -> Result<Version, RpcError> {
        let version = Honest.version(request, handshake)?;
        let meta = request.params.get("_meta").and_then(Object::of).unwrap_or_default();
        if version.is_stateless() && meta.get("io.modelcontextprotocol/clientInfo").is_none() {
            return Err(RpcError::new(INVALID_PARAMS, "_meta does not name the client"));
        }
        Ok(version)
    }
}
