//! The parties that the harness plays around a guard: its client, its gateway and its upstream. They
//! act and write down; they never judge.

pub(crate) mod client;
pub(crate) mod dialect;
pub(crate) mod gateway;
pub mod upstream;
