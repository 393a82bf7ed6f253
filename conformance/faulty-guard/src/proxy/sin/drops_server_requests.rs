//! A proxy in which requests go one way.

use crate::proxy::honest::Proxy;
use crate::proxy::rewrite::{self, Kind};

pub(crate) struct DropsServerRequests;

impl Proxy for DropsServerRequests {
    fn to_client(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        match rewrite::kind(&line) {
            Some((Kind::Request, _)) => Vec::new(),
            _ => vec![line],
        }
    }
}
