//! A proxy that rebuilds input schemas, and forgets which arguments were optional.

use crate::json::Object;
use crate::proxy::honest::Proxy;
use crate::proxy::rewrite;

pub(crate) struct RequiresArguments;

impl Proxy for RequiresArguments {
    fn to_client(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        vec![rewrite::each_tool(line, |tool| {
            let Some(schema) = tool.get("inputSchema").and_then(Object::of) else { return tool };
            let Some(properties) = schema.get("properties").and_then(Object::of) else { return tool };
            let required: Vec<_> = properties.keys().map(str::to_owned).collect();
            tool.with("inputSchema", schema.with("required", required))
        })]
    }
}
