//! A guard that makes text of each read before it looks for the end of the line: a character that was cut
//! in two becomes two that nobody sent.

use std::io::{self, BufRead};

use crate::guard::Guard;
use crate::lines::Line;

pub(crate) struct SplitCharactersReplaced;

impl Guard for SplitCharactersReplaced {
    fn next(&self, input: &mut dyn BufRead) -> io::Result<Option<Line>> {
        let mut line = String::new();
        loop {
            let read = input.fill_buf()?;
            if read.is_empty() {
                return Ok(None);
            }
            let end = read.iter().position(|byte| *byte == b'\n');
            line.push_str(&String::from_utf8_lossy(&read[..end.unwrap_or(read.len())]));
            let used = end.map_or(read.len(), |end| end + 1);
            input.consume(used);
            if end.is_some() {
                return Ok(Some(Line::Whole(line.into_bytes())));
            }
        }
    }
}
