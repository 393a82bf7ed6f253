//! A guard that does not look whether its answers arrive.

use crate::guard::{Guard, log_line};

pub(crate) struct WritesToNobody;

impl Guard for WritesToNobody {
    fn unheard(&self) -> fn() {
        || log_line("an answer was lost")
    }
}
