//! A guard that runs a last line which may have been cut off.

use std::io::{self, BufRead};

use crate::guard::{Guard, Honest};
use crate::lines::Line;

pub(crate) struct UnterminatedServed;

impl Guard for UnterminatedServed {
    fn next(&self, input: &mut dyn BufRead) -> io::Result<Option<Line>> {
        Ok(Honest.next(input)?.map(|line| match line {
            Line::CutOff(line) => Line::Whole(line),
            line => line,
        }))
    }
}
