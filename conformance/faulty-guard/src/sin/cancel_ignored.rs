//! A guard that forgets a cancelled call and lets its work run on.

use crate::guard::Guard;
use crate::message::Id;
use crate::open::OpenCalls;

pub(crate) struct CancelIgnored;

impl Guard for CancelIgnored {
    fn cancel(&self, open: &OpenCalls, id: &Id) {
        open.forget(id);
    }
}
