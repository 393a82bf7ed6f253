//! A proxy that offers tools as it understands them: without a title.

use crate::proxy::honest::Proxy;
use crate::proxy::rewrite;

pub(crate) struct DropsTitles;

impl Proxy for DropsTitles {
    fn to_client(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        vec![rewrite::each_tool(line, |mut tool| {
            tool.remove("title");
            tool
        })]
    }
}
