//! A proxy that writes what the client left out.

use crate::json::Object;
use crate::proxy::honest::Proxy;
use crate::proxy::rewrite;

pub(crate) struct FillsArguments;

impl Proxy for FillsArguments {
    fn to_upstream(&self, line: Vec<u8>) -> Option<Vec<u8>> {
        let calls = rewrite::kind(&line).is_some_and(|(_, method)| method == "tools/call");
        if !calls {
            return Some(line);
        }
        Some(rewrite::within(line, &["params"], |params| {
            if params.get("arguments").is_none() { params.with("arguments", Object::default()) } else { params }
        }))
    }
}
