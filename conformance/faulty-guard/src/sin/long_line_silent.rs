//! A guard that throws away what is too long, and tells only its log.

use std::io::{self, BufRead};

use crate::guard::{Guard, Honest, log_line};
use crate::lines::Line;

pub(crate) struct LongLineSilent;

impl Guard for LongLineSilent {
    fn next(&self, input: &mut dyn BufRead) -> io::Result<Option<Line>> {
        loop {
            match Honest.next(input)? {
                Some(Line::TooLong) => log_line("dropped a line that is too long"),
                line => return Ok(line),
            }
        }
    }
}
