//! A guard that takes the end of its input for an error.

use std::time::Duration;

use crate::guard::Guard;
use crate::open::OpenCalls;

pub(crate) struct ExitsNonzero;

impl Guard for ExitsNonzero {
    fn stop(&self, open: &OpenCalls) -> i32 {
        open.drain(Duration::from_secs(2));
        3
    }
}
