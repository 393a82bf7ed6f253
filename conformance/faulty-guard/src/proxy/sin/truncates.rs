//! A proxy with a buffer of one size.

use crate::proxy::honest::Proxy;

pub(crate) struct Truncates;

impl Proxy for Truncates {
    fn to_client(&self, mut line: Vec<u8>) -> Vec<Vec<u8>> {
        line.truncate(64 * 1024);
        vec![line]
    }
}
