//! A proxy that keeps to itself what the upstream has to say to people.

use std::io;
use std::process::ChildStderr;

use crate::proxy::honest::Proxy;

pub(crate) struct StderrSwallowed;

impl Proxy for StderrSwallowed {
    fn drain(&self, mut stderr: ChildStderr) {
        let _ = io::copy(&mut stderr, &mut io::sink());
    }
}
