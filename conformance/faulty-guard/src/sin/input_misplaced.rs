//! A guard that will not even list its tools before somebody has agreed to it.

use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::version::Version;

pub(crate) struct InputMisplaced;

impl Guard for InputMisplaced {
    fn dress(&self, version: Version, method: &str, result: Object) -> Object {
        let result = Honest.dress(version, method, result);
        if method == "tools/list" && version.is_stateless() {
            return result.with("resultType", "input_required").with("requestState", "agree-first");
        }
        result
    }
}
