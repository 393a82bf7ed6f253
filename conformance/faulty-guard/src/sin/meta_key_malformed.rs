//! A guard that puts a note into `_meta` under a name with a space.

use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::version::Version;

pub(crate) struct MetaKeyMalformed;

impl Guard for MetaKeyMalformed {
    fn dress(&self, version: Version, method: &str, result: Object) -> Object {
        let result = Honest.dress(version, method, result);
        let meta = result.get("_meta").and_then(Object::of).unwrap_or_default();
        result.with("_meta", meta.with("served by", "faulty guard"))
    }
}
