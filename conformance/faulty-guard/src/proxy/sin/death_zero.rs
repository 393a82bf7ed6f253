//! A proxy for which any end is a good one.

use std::process::ExitStatus;

use crate::proxy::desk::Desk;
use crate::proxy::honest::{Honest, Proxy};

pub(crate) struct DeathZero;

impl Proxy for DeathZero {
    fn mourn(&self, desk: &Desk, status: ExitStatus) -> i32 {
        Honest.mourn(desk, status);
        0
    }
}
