//! A proxy for which the end of input is the end of everything.

use crate::proxy::desk::Desk;
use crate::proxy::honest::Proxy;

pub(crate) struct EofDropsOpenCalls;

impl Proxy for EofDropsOpenCalls {
    fn stop(&self, desk: &Desk) -> i32 {
        desk.upstream.kill();
        0
    }
}
