//! A guard with the buffer of another age: what does not fit into 64 KB is refused.

use std::io::{self, BufRead};

use crate::guard::{Guard, Honest};
use crate::lines::Line;

pub(crate) struct LinesBoundedAt64k;

impl Guard for LinesBoundedAt64k {
    fn next(&self, input: &mut dyn BufRead) -> io::Result<Option<Line>> {
        match Honest.next(input)? {
            Some(Line::Whole(line)) if line.len() > 64 << 10 => Ok(Some(Line::TooLong)),
            line => Ok(line),
        }
    }
}
