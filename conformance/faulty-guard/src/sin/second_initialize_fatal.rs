//! A guard that holds a second handshake for the end of the world.

use crate::guard::{Guard, Honest};
use crate::message::{Request, RpcError};
use crate::version::Version;

pub(crate) struct SecondInitializeFatal;

impl Guard for SecondInitializeFatal {
    fn version(&self, request: &Request, handshake: Option<Version>) -> Result<Version, RpcError> {
        if handshake.is_some() && request.method == "initialize" {
            std::process::exit(1);
        }
        Honest.version(request, handshake)
    }
}
