//! A proxy with one thread: what waits, waits for all.

use crate::proxy::honest::Proxy;
use crate::workers::{Work, Workers};

pub(crate) struct HoldsEverything;

impl Proxy for HoldsEverything {
    fn run(&self, _workers: &Workers, work: Work) {
        work();
    }
}
