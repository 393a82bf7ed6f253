//! Lines in both directions: which are handed on as they are, which are calls to be judged, which go no
//! further. Never a verdict.

mod down;
mod up;

use bytes::Bytes;

use crate::batch::Outgoing;
use crate::frame::Id;
use crate::room::Held;

/// The longest line of a server that is handed on, in bytes: results may hold pictures.
pub(super) const LONGEST_ANSWER: usize = 16 * 1024 * 1024;

/// What a request counts as while it is open, in bytes, besides its id.
const LEAST_REQUEST: usize = 1024;

/// A line up to this long is copied, so that it is written in one piece.
const SHORT: usize = 16 * 1024;

/// The room that a line takes, as long as anything made of it is held.
type Holding = Held<()>;

/// What is kept of a request that the server has, in bytes.
pub(super) fn size_of_open(id: &Id) -> usize {
    LEAST_REQUEST + id.as_json().len()
}

/// A line with its end, as it is to be written.
fn whole(line: Bytes, holding: &Holding) -> Outgoing {
    if line.len() <= SHORT {
        vec![holding.map(|()| ended(&line))]
    } else {
        vec![holding.map(|()| line), Bytes::from_static(b"\n").into()]
    }
}

fn ended(line: &Bytes) -> Bytes {
    let mut ended = Vec::with_capacity(line.len() + 1);
    ended.extend_from_slice(line);
    ended.push(b'\n');
    ended.into()
}
