//! A proxy that writes in the encoding of another age.

use crate::proxy::honest::Proxy;

pub(crate) struct EscapesLost;

impl Proxy for EscapesLost {
    fn to_client(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        let text = String::from_utf8_lossy(&line).replace(|letter: char| !letter.is_ascii(), "?");
        vec![text.into_bytes()]
    }
}
