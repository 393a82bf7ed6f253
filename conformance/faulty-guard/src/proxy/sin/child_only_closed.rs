//! A proxy that is too polite to end an upstream which does not listen.

use std::time::Duration;

use crate::proxy::desk::Desk;
use crate::proxy::honest::Proxy;

pub(crate) struct ChildOnlyClosed;

impl Proxy for ChildOnlyClosed {
    fn stop(&self, desk: &Desk) -> i32 {
        desk.upstream.close();
        // Longer than any client waits; not for ever, so that nothing is left behind for good.
        desk.upstream.ended.within(Duration::from_secs(600));
        0
    }
}
