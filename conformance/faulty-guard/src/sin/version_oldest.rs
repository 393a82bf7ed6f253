//! A guard that falls back to what it has always spoken, in place of the newest it knows.

use crate::guard::{Guard, Honest};
use crate::message::{Request, RpcError};
use crate::version::Version;

pub(crate) struct VersionOldest;

impl Guard for VersionOldest {
    fn version(&self, request: &Request, handshake: Option<Version>) -> Result<Version, RpcError> {
        let version = Honest.version(request, handshake)?;
        let is_unknown = request.params.text("protocolVersion").is_some_and(|asked| asked != version.name());
        let is_handshake = request.method == "initialize" && !version.is_stateless();
        Ok(if is_handshake && is_unknown { Version::ALL[0] } else { version })
    }
}
