//! A guard that takes a line past its bound for the end of the input.

use std::io::{self, BufRead};

use crate::guard::{Guard, Honest};
use crate::lines::Line;

pub(crate) struct LongLineFatal;

impl Guard for LongLineFatal {
    fn next(&self, input: &mut dyn BufRead) -> io::Result<Option<Line>> {
        match Honest.next(input)? {
            Some(Line::TooLong) => Err(io::ErrorKind::InvalidData.into()),
            line => Ok(line),
        }
    }
}
