//! A guard that learned reading from protocols in which an empty line ends the message.

use std::io::{self, BufRead};

use crate::guard::{Guard, Honest};
use crate::lines::Line;

pub(crate) struct EmptyLineEnds;

impl Guard for EmptyLineEnds {
    fn next(&self, input: &mut dyn BufRead) -> io::Result<Option<Line>> {
        match Honest.next(input)? {
            Some(Line::Whole(line)) if line.is_empty() => Ok(None),
            line => Ok(line),
        }
    }
}
