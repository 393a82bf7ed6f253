//! A guard that knows its tools by their names in any case.

use crate::guard::{Guard, Honest};
use crate::message::{Message, Refusal};

pub(crate) struct ToolNameFolded;

impl Guard for ToolNameFolded {
    fn read(&self, line: &[u8]) -> Result<Message, Refusal> {
        let text = String::from_utf8_lossy(line).replace("INTERVEN_SCAN", "interven_scan");
        Honest.read(text.as_bytes())
    }
}
