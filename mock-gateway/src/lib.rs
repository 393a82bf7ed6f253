//! A policy gateway that does what its scenario says. Map of the crate.

pub mod json;
