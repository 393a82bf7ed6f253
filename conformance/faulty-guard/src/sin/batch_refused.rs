//! A guard that says it speaks 2025-03-26 and has no batches.

use crate::guard::Guard;
use crate::version::Version;

pub(crate) struct BatchRefused;

impl Guard for BatchRefused {
    fn takes_batch(&self, _version: Option<Version>) -> bool {
        false
    }
}
