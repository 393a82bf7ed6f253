//! A guard whose reader takes a bare carriage return for a line end, and sees two messages in one line.

use std::io::{self, BufRead};

use crate::guard::Guard;
use crate::lines;
use crate::lines::Line;

pub(crate) struct CrEndsLine;

impl Guard for CrEndsLine {
    fn next(&self, input: &mut dyn BufRead) -> io::Result<Option<Line>> {
        loop {
            match lines::until(input, b"\r\n")? {
                // Between the two bytes of a CRLF.
                Some(Line::Whole(line)) if line.is_empty() => {}
                line => return Ok(line),
            }
        }
    }
}
