//! A guard that asks for input with every verdict, and does not say for which.

use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::version::Version;

pub(crate) struct InputRequired;

impl Guard for InputRequired {
    fn dress(&self, version: Version, method: &str, result: Object) -> Object {
        let mut result = Honest.dress(version, method, result);
        if method == "tools/call" && result.get("resultType").is_some() {
            result.set("resultType", "input_required");
        }
        result
    }
}
