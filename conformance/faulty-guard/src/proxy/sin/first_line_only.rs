//! A proxy that takes what one read brings for one message.

use std::io::{self, BufRead};

use crate::lines::{self, Line};
use crate::proxy::gate::Gate;
use crate::proxy::honest::{Honest, Proxy};

pub(crate) struct FirstLineOnly;

impl Proxy for FirstLineOnly {
    fn next(&self, input: &mut dyn BufRead) -> io::Result<Option<Line>> {
        let read = input.fill_buf()?;
        match read.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => {
                let lines = read[..end].to_vec();
                input.consume(end + 1);
                Ok(Some(Line::Whole(lines)))
            }
            None => lines::next(input),
        }
    }

    fn gate(&self, lines: &[u8]) -> Gate {
        Honest.gate(lines.split(|byte| *byte == b'\n').next().unwrap_or_default())
    }
}
