//! A guard that takes what others say to each other for a mistake.

use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{INVALID_PARAMS, Request, RpcError};
use crate::version::Version;

pub(crate) struct MetaStrict;

impl Guard for MetaStrict {
    fn version(&self, request: &Request, handshake: Option<Version>) -> Result<Version, RpcError> {
        let meta = request.params.get("_meta").and_then(Object::of).unwrap_or_default();
        let is_known = |key: &str| key == "progressToken" || key.starts_with("io.modelcontextprotocol/");
        if let Some(unknown) = meta.keys().find(|key| !is_known(key)) {
            return Err(RpcError::new(INVALID_PARAMS, format!("unknown member {unknown:?} of _meta")));
        }
        Honest.version(request, handshake)
    }
}
