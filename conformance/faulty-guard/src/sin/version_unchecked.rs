//! A guard that takes any request that names a version for one of its own.

use crate::guard::{Guard, Honest};
use crate::message::{Request, RpcError, UNSUPPORTED_VERSION};
use crate::version::Version;

pub(crate) struct VersionUnchecked;

impl Guard for VersionUnchecked {
    fn version(&self, request: &Request, handshake: Option<Version>) -> Result<Version, RpcError> {
        Honest.version(request, handshake).or_else(|error| match error.code {
            UNSUPPORTED_VERSION => Ok(Version::STATELESS),
            _ => Err(error),
        })
    }
}
