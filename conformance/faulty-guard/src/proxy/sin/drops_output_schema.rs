//! A proxy that offers tools as it understands them: without an output schema.

use crate::proxy::honest::Proxy;
use crate::proxy::rewrite;

pub(crate) struct DropsOutputSchema;

impl Proxy for DropsOutputSchema {
    fn to_client(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        vec![rewrite::each_tool(line, |mut tool| {
            tool.remove("outputSchema");
            tool
        })]
    }
}
