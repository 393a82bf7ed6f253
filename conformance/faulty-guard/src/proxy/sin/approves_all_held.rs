//! A proxy in which one approval opens the door for all that wait.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::proxy::action::{Settled, Status};
use crate::proxy::honest::{Honest, Proxy};

static APPROVED: AtomicBool = AtomicBool::new(false);

pub(crate) struct ApprovesAllHeld;

impl Proxy for ApprovesAllHeld {
    fn settle(&self, status: Status) -> Settled {
        if status == Status::Approved {
            APPROVED.store(true, Ordering::Relaxed);
        }
        let waits = status == Status::Pending;
        if waits && APPROVED.load(Ordering::Relaxed) { Settled::Run } else { Honest.settle(status) }
    }
}
