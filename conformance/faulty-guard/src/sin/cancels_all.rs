//! A guard that stops everything when it is told to stop something.

use crate::guard::Guard;
use crate::message::Id;
use crate::open::OpenCalls;

pub(crate) struct CancelsAll;

impl Guard for CancelsAll {
    fn cancel(&self, open: &OpenCalls, _id: &Id) {
        open.cancel_all();
    }
}
