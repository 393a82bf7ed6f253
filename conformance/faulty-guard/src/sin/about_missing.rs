//! A guard that lists its guidance but was packaged without it.

use serde_json::value::RawValue;

use crate::config::Config;
use crate::guard::Guard;
use crate::message::{RESOURCE_NOT_FOUND, Request, RpcError};
use crate::offer::{self, ABOUT_URI};

pub(crate) struct AboutMissing;

impl Guard for AboutMissing {
    fn offer(&self, _config: &Config, request: &Request) -> Result<Box<RawValue>, RpcError> {
        if request.method == "resources/read" && request.params.text("uri").as_deref() == Some(ABOUT_URI) {
            return Err(RpcError::new(RESOURCE_NOT_FOUND, "unknown resource"));
        }
        offer::answer(request)
    }
}
