//! A proxy that repeats a call to be sure that it arrives.

use crate::proxy::honest::Proxy;
use crate::proxy::rewrite;

pub(crate) struct CallsTwice;

impl Proxy for CallsTwice {
    fn to_upstream(&self, line: Vec<u8>) -> Option<Vec<u8>> {
        match rewrite::kind(&line) {
            Some((_, method)) if method == "tools/call" => Some([&line[..], b"\n", &line].concat()),
            _ => Some(line),
        }
    }
}
