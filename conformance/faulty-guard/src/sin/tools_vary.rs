//! A guard that shows its tools one after the other, as they become useful.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::config::Config;
use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{Request, RpcError};
use crate::offer;
use crate::question::{Question, Tool};
use crate::version::Version;

static SCANNED: AtomicBool = AtomicBool::new(false);

pub(crate) struct ToolsVary;

impl Guard for ToolsVary {
    fn offer(&self, config: &Config, version: Version, request: &Request) -> Result<Object, RpcError> {
        match request.method.as_str() {
            "tools/list" if !SCANNED.load(Ordering::Relaxed) => Ok(offer::tools(&[Tool::Scan])),
            _ => Honest.offer(config, version, request),
        }
    }

    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        SCANNED.store(true, Ordering::Relaxed);
        Honest.send(gateway, question)
    }
}
