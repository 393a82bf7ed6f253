//! A proxy that never notices that its client has gone.

use std::thread;
use std::time::Duration;

use crate::proxy::desk::Desk;
use crate::proxy::honest::Proxy;

pub(crate) struct EofIgnoredByProxy;

impl Proxy for EofIgnoredByProxy {
    fn stop(&self, _desk: &Desk) -> i32 {
        // Longer than any client waits; not for ever, so that nothing is left behind for good.
        thread::sleep(Duration::from_secs(600));
        0
    }
}
