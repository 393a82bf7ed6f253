//! A guard that keeps its tools in a map without an order.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::config::Config;
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{Request, RpcError};
use crate::offer;
use crate::question::Tool;
use crate::version::Version;

static TURNED: AtomicBool = AtomicBool::new(false);

pub(crate) struct ToolsShuffled;

impl Guard for ToolsShuffled {
    fn offer(&self, config: &Config, version: Version, request: &Request) -> Result<Object, RpcError> {
        match request.method.as_str() {
            "tools/list" if TURNED.fetch_xor(true, Ordering::Relaxed) => {
                Ok(offer::tools(&[Tool::ScanResponse, Tool::Scan]))
            }
            _ => Honest.offer(config, version, request),
        }
    }
}
