//! A guard whose results do not say who answered.

use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::version::Version;

pub(crate) struct ServerInfoMissing;

impl Guard for ServerInfoMissing {
    fn dress(&self, version: Version, method: &str, result: Object) -> Object {
        let mut result = Honest.dress(version, method, result);
        result.remove("_meta");
        result
    }
}
