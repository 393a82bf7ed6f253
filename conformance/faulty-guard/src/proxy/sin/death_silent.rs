//! A proxy that goes with its upstream, without a word.

use std::process::ExitStatus;

use crate::proxy::desk::Desk;
use crate::proxy::honest::Proxy;

pub(crate) struct DeathSilent;

impl Proxy for DeathSilent {
    fn mourn(&self, _desk: &Desk, status: ExitStatus) -> i32 {
        status.code().unwrap_or(1)
    }
}
