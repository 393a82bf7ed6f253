//! A guard that forgets to close a file, now and then.

use std::fs::File;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::{Guard, Honest};
use crate::question::Question;

static CALLS: AtomicUsize = AtomicUsize::new(0);

pub(crate) struct LeaksDescriptors;

impl Guard for LeaksDescriptors {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        if CALLS.fetch_add(1, Ordering::Relaxed).is_multiple_of(10) {
            std::mem::forget(File::open("/dev/null"));
        }
        Honest.send(gateway, question)
    }
}
