//! A proxy that waits for an approval until nobody can give it any more.

use crate::proxy::action::{Settled, Status};
use crate::proxy::honest::{Honest, Proxy};

pub(crate) struct RunsAfterExpiry;

impl Proxy for RunsAfterExpiry {
    fn settle(&self, status: Status) -> Settled {
        if status == Status::Expired { Settled::Run } else { Honest.settle(status) }
    }
}
