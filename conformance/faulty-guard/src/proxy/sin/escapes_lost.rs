//! A proxy that writes in the encoding of another age.

use crate::proxy::honest::Proxy;

pub(crate) struct EscapesLost;

impl Proxy for EscapesLost {
    fn to_upstream(&self, line: Vec<u8>) -> Option<Vec<u8>> {
        Some(plain(&line))
    }

    fn to_client(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        vec![plain(&line)]
    }
}

fn plain(line: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(line).replace(|letter: char| !letter.is_ascii(), "?").into_bytes()
}
