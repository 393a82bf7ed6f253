//! A proxy that takes for answers what the upstream says.

use crate::proxy::honest::Proxy;
use crate::proxy::rewrite::{self, Kind};

pub(crate) struct DropsNotifications;

impl Proxy for DropsNotifications {
    fn to_client(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        match rewrite::kind(&line) {
            Some((Kind::Notification, _)) => Vec::new(),
            _ => vec![line],
        }
    }
}
