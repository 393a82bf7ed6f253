//! A proxy for which a banner on the upstream's stdout is the end.

use crate::proxy::desk::Desk;
use crate::proxy::honest::Proxy;

pub(crate) struct NoiseFatal;

impl Proxy for NoiseFatal {
    fn noise(&self, _desk: &Desk, _line: &[u8]) {
        std::process::exit(1);
    }
}
