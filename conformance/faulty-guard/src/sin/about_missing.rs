//! A guard that lists its guidance but was packaged without it.

use crate::config::Config;
use crate::guard::Guard;
use crate::json::Object;
use crate::message::{Request, RpcError};
use crate::offer::{self, ABOUT_URI};
use crate::version::Version;

pub(crate) struct AboutMissing;

impl Guard for AboutMissing {
    fn offer(&self, _config: &Config, version: Version, request: &Request) -> Result<Object, RpcError> {
        if request.method == "resources/read" && request.params.text("uri").as_deref() == Some(ABOUT_URI) {
            return Err(offer::unknown_resource(version, ABOUT_URI));
        }
        offer::answer(version, request)
    }
}
