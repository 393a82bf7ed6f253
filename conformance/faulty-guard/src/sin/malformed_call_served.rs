//! A guard that answers politely to a call it could not read.

use crate::answer::ToolResult;
use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{Request, RpcError};
use crate::question::Tool;

pub(crate) struct MalformedCallServed;

impl Guard for MalformedCallServed {
    fn refuse(&self, request: &Request, why: RpcError) -> Result<Object, RpcError> {
        match request.params.text("name") {
            Some(name) if Tool::named(&name).is_none() => Honest.refuse(request, why),
            _ => Ok(ToolResult { text: "Nothing to scan.".into(), structured: None, is_error: false }.object()),
        }
    }
}
