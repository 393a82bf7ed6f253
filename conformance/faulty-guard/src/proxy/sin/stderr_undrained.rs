//! A proxy that opens a pipe and forgets it: once it is full, the upstream stands still.

use std::process::ChildStderr;
use std::thread;
use std::time::Duration;

use crate::proxy::honest::Proxy;

pub(crate) struct StderrUndrained;

impl Proxy for StderrUndrained {
    fn drain(&self, stderr: ChildStderr) {
        // As long as the pipe is open, the upstream may write into it.
        thread::sleep(Duration::from_secs(600));
        drop(stderr);
    }
}
