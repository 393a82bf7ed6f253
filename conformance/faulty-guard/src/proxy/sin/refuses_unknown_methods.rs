//! A proxy that speaks the protocol as it was when it was written.

use crate::message::{METHOD_NOT_FOUND, RpcError};
use crate::proxy::gate::Gate;
use crate::proxy::honest::{Honest, Proxy};

const KNOWN: [&str; 9] = [
    "initialize",
    "server/discover",
    "ping",
    "tools/list",
    "resources/list",
    "resources/templates/list",
    "resources/read",
    "prompts/list",
    "prompts/get",
];

pub(crate) struct RefusesUnknownMethods;

impl Proxy for RefusesUnknownMethods {
    fn gate(&self, line: &[u8]) -> Gate {
        match Honest.gate(line) {
            Gate::Request { id, method } if !KNOWN.contains(&method.as_str()) => {
                Gate::Refused(Some(id), RpcError::new(METHOD_NOT_FOUND, format!("unknown method {method:?}")))
            }
            gate => gate,
        }
    }
}
