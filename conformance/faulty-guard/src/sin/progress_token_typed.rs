//! A guard that expects a progress token to be a string, which it need not be.

use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{INVALID_PARAMS, Request, RpcError};
use crate::version::Version;

pub(crate) struct ProgressTokenTyped;

impl Guard for ProgressTokenTyped {
    fn version(&self, request: &Request, handshake: Option<Version>) -> Result<Version, RpcError> {
        let meta = request.params.get("_meta").and_then(Object::of).unwrap_or_default();
        if meta.get("progressToken").is_some() && meta.text("progressToken").is_none() {
            return Err(RpcError::new(INVALID_PARAMS, "progressToken must be a string"));
        }
        Honest.version(request, handshake)
    }
}
