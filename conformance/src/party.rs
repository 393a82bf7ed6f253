//! The parties that the harness plays around a guard: its client and its gateway. They act and write
//! down; they never judge.

pub(crate) mod client;
pub(crate) mod dialect;
pub(crate) mod gateway;
