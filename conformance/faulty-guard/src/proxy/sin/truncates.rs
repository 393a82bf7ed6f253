//! A proxy with a buffer of one size.

use crate::proxy::honest::Proxy;

const BUFFER: usize = 64 * 1024;

pub(crate) struct Truncates;

impl Proxy for Truncates {
    fn to_upstream(&self, mut line: Vec<u8>) -> Option<Vec<u8>> {
        line.truncate(BUFFER);
        Some(line)
    }

    fn to_client(&self, mut line: Vec<u8>) -> Vec<Vec<u8>> {
        line.truncate(BUFFER);
        vec![line]
    }
}
