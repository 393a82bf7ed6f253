//! A guard whose guidance shows the configuration in force, key and all.

use crate::config::Config;
use crate::guard::Guard;
use crate::json::Object;
use crate::message::{Request, RpcError};
use crate::offer::{self, ABOUT, ABOUT_URI};
use crate::version::Version;

pub(crate) struct KeyInAbout;

impl Guard for KeyInAbout {
    fn offer(&self, config: &Config, version: Version, request: &Request) -> Result<Object, RpcError> {
        if request.method == "resources/read" && request.params.text("uri").as_deref() == Some(ABOUT_URI) {
            return Ok(offer::about(&format!("{ABOUT}\nINTERVEN_API_KEY={}\n", config.key.secret())));
        }
        offer::answer(version, request)
    }
}
