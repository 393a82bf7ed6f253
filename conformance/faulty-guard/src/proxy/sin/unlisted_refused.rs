//! A proxy that takes a tool of the second page for one that was slipped in.

use std::sync::OnceLock;

use crate::json::Object;
use crate::proxy::desk::{Desk, Errand};
use crate::proxy::honest::Proxy;
use crate::proxy::rewrite;
use crate::question::Failure;

static LISTED: OnceLock<Vec<String>> = OnceLock::new();

pub(crate) struct UnlistedRefused;

impl Proxy for UnlistedRefused {
    fn to_client(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        let result = rewrite::message(&line).and_then(|message| Object::of(message.get("result")?));
        if let Some(tools) = result.as_ref().and_then(rewrite::tools) {
            LISTED.get_or_init(|| tools.iter().filter_map(|tool| tool.text("name")).collect());
        }
        vec![line]
    }

    fn scan(&self, desk: &Desk, errand: &Errand) -> Result<Object, Failure> {
        match LISTED.get() {
            Some(listed) if !listed.contains(&errand.call.name) => Err(Failure("the tool was never listed".into())),
            _ => desk.scan(errand),
        }
    }
}
