//! A guard that has never heard of cancellation.

use crate::guard::Guard;
use crate::message::Id;
use crate::open::OpenCalls;

pub(crate) struct CancelAnswered;

impl Guard for CancelAnswered {
    fn cancel(&self, _open: &OpenCalls, _id: &Id) {}
}
