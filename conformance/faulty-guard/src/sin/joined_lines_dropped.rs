//! A guard that takes one read for one line, and loses what came along with it.

use std::io::{self, BufRead};

use crate::guard::Guard;
use crate::lines::Line;

pub(crate) struct JoinedLinesDropped;

impl Guard for JoinedLinesDropped {
    fn next(&self, input: &mut dyn BufRead) -> io::Result<Option<Line>> {
        let mut line = Vec::new();
        loop {
            let read = input.fill_buf()?;
            if read.is_empty() {
                return Ok(None);
            }
            let end = read.iter().position(|byte| *byte == b'\n');
            line.extend_from_slice(&read[..end.unwrap_or(read.len())]);
            let used = read.len();
            input.consume(used);
            if end.is_some() {
                return Ok(Some(Line::Whole(line)));
            }
        }
    }
}
