//! A guard that works in its reading loop, so that one slow scan stops everything behind it.

use crate::guard::Guard;
use crate::workers::{Work, Workers};

pub(crate) struct OneAtATime;

impl Guard for OneAtATime {
    fn run(&self, _workers: &Workers, work: Work) {
        work();
    }
}
