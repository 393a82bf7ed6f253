//! A guard that takes an impatient client for a broken one, and leaves.

use crate::guard::{Guard, Honest};
use crate::message::{Request, RpcError};
use crate::version::Version;

pub(crate) struct EarlyRequestFatal;

impl Guard for EarlyRequestFatal {
    fn version(&self, request: &Request, handshake: Option<Version>) -> Result<Version, RpcError> {
        let version = Honest.version(request, handshake);
        if handshake.is_none() && request.method != "initialize" && version.is_err() {
            std::process::exit(1);
        }
        version
    }
}
