//! A guard whose watchdogs are never called off.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::{Guard, Honest};
use crate::question::Question;

static CALLS: AtomicUsize = AtomicUsize::new(0);

pub(crate) struct LeaksThreads;

impl Guard for LeaksThreads {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        if CALLS.fetch_add(1, Ordering::Relaxed).is_multiple_of(100) {
            thread::spawn(thread::park);
        }
        Honest.send(gateway, question)
    }
}
