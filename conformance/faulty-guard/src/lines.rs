//! Lines off a byte stream, with a bound on memory. Never what a line means.

use std::io::{self, BufRead};

/// The longest line that is read; what is longer is skipped and told apart.
pub(crate) const MAX_LINE: usize = 4 * 1024 * 1024;

/// One line without its line feed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Whole(Vec<u8>),
    TooLong,
    /// What stood after the last line feed when the input ended.
    CutOff(Vec<u8>),
}

/// The next line; `None` at the end.
pub(crate) fn next(input: &mut dyn BufRead) -> io::Result<Option<Line>> {
    until(input, b"\n")
}

/// The same, where a line ends with any of these bytes.
pub(crate) fn until(input: &mut dyn BufRead, ends: &[u8]) -> io::Result<Option<Line>> {
    let mut line = Vec::new();
    let mut too_long = false;
    loop {
        let chunk = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            chunk => chunk?,
        };
        if chunk.is_empty() {
            return Ok((!line.is_empty()).then_some(Line::CutOff(line)));
        }
        let end = chunk.iter().position(|byte| ends.contains(byte));
        let part = &chunk[..end.unwrap_or(chunk.len())];
        too_long |= line.len() + part.len() > MAX_LINE;
        if too_long {
            line = Vec::new();
        } else {
            line.extend_from_slice(part);
        }
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() {
            return Ok(Some(if too_long { Line::TooLong } else { Line::Whole(line) }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_however_they_were_cut() {
        let mut input = io::BufReader::with_capacity(3, &b"first\n\nsecond\r\ncut off"[..]);
        let mut next = || next(&mut input).unwrap();
        assert_eq!(next(), Some(Line::Whole(b"first".to_vec())));
        assert_eq!(next(), Some(Line::Whole(Vec::new())));
        assert_eq!(next(), Some(Line::Whole(b"second\r".to_vec())));
        assert_eq!(next(), Some(Line::CutOff(b"cut off".to_vec())));
        assert_eq!(next(), None);
    }

    #[test]
    fn a_line_without_end_costs_no_memory_and_hides_no_other() {
        let text = [vec![b'x'; MAX_LINE + 1], b"\nnext\n".to_vec()].concat();
        let mut input = io::BufReader::new(&text[..]);
        assert_eq!(next(&mut input).unwrap(), Some(Line::TooLong));
        assert_eq!(next(&mut input).unwrap(), Some(Line::Whole(b"next".to_vec())));
        let longest = [vec![b'x'; MAX_LINE], b"\n".to_vec()].concat();
        assert_eq!(next(&mut &longest[..]).unwrap(), Some(Line::Whole(vec![b'x'; MAX_LINE])));
    }
}
