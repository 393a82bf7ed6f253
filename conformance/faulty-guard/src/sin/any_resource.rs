//! A guard with one resource, which it reads under every name.

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{Request, RpcError};
use crate::offer::ABOUT_URI;
use crate::version::Version;

pub(crate) struct AnyResource;

impl Guard for AnyResource {
    fn offer(&self, config: &Config, version: Version, request: &Request) -> Result<Object, RpcError> {
        let mut request = request.clone();
        if request.method == "resources/read" && request.params.text("uri").is_some() {
            request.params.set("uri", ABOUT_URI);
        }
        Honest.offer(config, version, &request)
    }
}
