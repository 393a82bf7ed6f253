//! A guard whose lists do not say how long they may be kept.

use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::version::{CACHE_HINTS, Version};

pub(crate) struct CacheHintsMissing;

impl Guard for CacheHintsMissing {
    fn dress(&self, version: Version, method: &str, result: Object) -> Object {
        let mut result = Honest.dress(version, method, result);
        result.retain(|name| !CACHE_HINTS.contains(&name));
        result
    }
}
