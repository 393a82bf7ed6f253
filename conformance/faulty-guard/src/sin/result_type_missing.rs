//! A guard whose results do not say that they are complete.

use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::version::Version;

pub(crate) struct ResultTypeMissing;

impl Guard for ResultTypeMissing {
    fn dress(&self, version: Version, method: &str, result: Object) -> Object {
        let mut result = Honest.dress(version, method, result);
        result.remove("resultType");
        result
    }
}
