//! A guard that is discovered without saying which versions it speaks.

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{Request, RpcError};
use crate::version::Version;

pub(crate) struct DiscoverBare;

impl Guard for DiscoverBare {
    fn offer(&self, config: &Config, version: Version, request: &Request) -> Result<Object, RpcError> {
        let mut result = Honest.offer(config, version, request)?;
        if request.method == "server/discover" {
            result.remove("supportedVersions");
        }
        Ok(result)
    }
}
