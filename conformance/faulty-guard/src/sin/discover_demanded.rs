//! A guard that made a handshake of the discovery, and keeps state that must not be.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::guard::{Guard, Honest};
use crate::message::{INVALID_REQUEST, Request, RpcError};
use crate::version::Version;

static DISCOVERED: AtomicBool = AtomicBool::new(false);

pub(crate) struct DiscoverDemanded;

impl Guard for DiscoverDemanded {
    fn version(&self, request: &Request, handshake: Option<Version>) -> Result<Version, RpcError> {
        let version = Honest.version(request, handshake)?;
        if request.method == "server/discover" {
            DISCOVERED.store(true, Ordering::Relaxed);
        } else if version.is_stateless() && !DISCOVERED.load(Ordering::Relaxed) {
            return Err(RpcError::new(INVALID_REQUEST, "send server/discover first"));
        }
        Ok(version)
    }
}
