//! What both commands measure with. Map of the crate; no logic here.
//!
//! `guard-benches` measures a guard beside the bare POST, `gateway-benches` the mock gateway beside a
//! server that answers a constant. A `server` is a process of its own, a `spread` what many durations
//! come to.

pub mod server;
pub mod spread;
