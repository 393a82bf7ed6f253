//! What the mock gateway and the pure paths are measured with. Map of the crate; no logic here.
//!
//! `gateway-benches` measures the mock gateway beside a server that answers a constant. A `server` is a
//! process of its own, a `spread` what many durations come to. Of what needs no process, a `path` is walked with a `body`: timed in `benches/paths.rs`, its
//! instructions counted in `benches/instructions.rs`, its allocations in `tests/allocations.rs`.

pub mod body;
pub mod path;
pub mod server;
pub mod spread;
