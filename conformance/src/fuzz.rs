//! Hunts for inputs on which a guard does what it must not: generated lines over stdio, the gateway behind, judged as
//! any case is, because each play of the hunt is a case. What is found is made small and is a case in its turn.
//! Map of the module and what a hunt is given and gives; never how one is played or judged.

mod draft;
mod hunt;
mod input;
mod shrink;

use std::time::Duration;

use crate::case::{Case, Standing};
use crate::finding::Code;
use crate::version::Version;

pub use hunt::hunt;

/// What is hunted with, and for how long.
#[derive(Debug, Clone)]
pub struct Options {
    /// Decides every input.
    pub seed: u32,
    /// When it ends.
    pub bound: Bound,
    /// The versions of MCP in which it goes on in turn; at least one.
    pub versions: Vec<Version>,
}

/// When a hunt ends.
#[derive(Debug, Clone, Copy)]
pub enum Bound {
    /// After so many inputs.
    Inputs(u64),
    /// After this time, once the play that goes on has ended.
    Time(Duration),
}

/// What a hunt came to.
#[derive(Debug, Default)]
pub struct Hunted {
    /// How many inputs the guard was given, those that were tried to make a finding smaller left out.
    pub inputs: u64,
    /// What was found, in the order in which it was.
    pub found: Vec<Found>,
}

/// Something that a guard did.
#[derive(Debug)]
pub struct Found {
    /// The smallest play that shows it, ready to be written to a file of its id's name.
    pub case: Case,
    /// The check that finds it, where that is one that is judged on every play.
    pub standing: Option<Standing>,
    /// What it is.
    pub code: Code,
    /// What is odd about the input.
    pub oddity: &'static str,
    /// How many inputs the guard had been given when it was found, this one included.
    pub after: u64,
}
