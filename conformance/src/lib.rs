//! Drives any MCP guard over stdio, plays the three parties around it, and judges what crossed.
//! Map of the crate; no logic here.
//!
//! A run goes one way: [`requirement`] and [`case`] are loaded, [`subject`] says what to start,
//! [`play`] produces a [`recording`], [`judge`] turns it into [`finding`]s, [`outcome`] weighs them,
//! [`suite`] tells it all as [`event`]s, and [`report`] renders those. Only `play`, with `launch`,
//! `party` and `upstream`, touches processes, sockets and time. Beside it, [`generate`] makes inputs, and [`fuzz`]
//! hunts with them for what no case has thought of.

pub mod bench;
pub mod case;
pub mod cli;
pub mod compare;
pub mod event;
pub mod exact;
pub mod finding;
pub mod fuzz;
pub mod generate;
pub mod judge;
pub mod known;
pub mod launch;
pub mod log;
pub mod merge;
mod needles;
pub mod outcome;
pub mod partition;
pub mod party;
pub mod play;
pub mod recording;
pub mod report;
pub mod requirement;
pub mod selection;
pub mod step;
pub mod subject;
pub mod suite;
pub mod timeline;
mod upstream;
pub mod verdict;
pub mod version;
pub mod yaml;
