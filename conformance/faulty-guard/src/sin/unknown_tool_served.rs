//! A guard that does nothing for a tool it does not have, and says that it worked.

use serde_json::json;

use crate::guard::{Guard, Honest};
use crate::json::Object;
use crate::message::{Request, RpcError};
use crate::question::Tool;

pub(crate) struct UnknownToolServed;

impl Guard for UnknownToolServed {
    fn refuse(&self, request: &Request, why: RpcError) -> Result<Object, RpcError> {
        match request.params.text("name") {
            Some(name) if Tool::named(&name).is_none() => {
                Ok(Object::default().with("content", json!([])).with("isError", false))
            }
            _ => Honest.refuse(request, why),
        }
    }
}
