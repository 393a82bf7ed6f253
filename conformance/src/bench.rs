//! What a guard costs: measured beside the floor, in the same run. Map of the module; no logic here.
//!
//! A [`gateway`] with a [`delay`] stands on one side, and a session or a load on the other, on the CPUs that
//! [`machine`] chose; both speak [`scan`]. [`floor`] does the same without a guard. [`run`] goes through the
//! phases of a [`plan`], and [`results`] are kept: drawn as a [`picture`], over time as a [`trend`], and side by
//! side as a [`comparison`].

pub mod ab;
pub mod bootstrap;
pub mod comparison;
mod crowd;
pub mod delay;
mod failing;
pub mod floor;
pub mod gateway;
pub mod histogram;
mod http;
pub mod knee;
mod load;
pub mod machine;
pub mod peer;
pub mod picture;
pub mod plan;
pub mod results;
pub mod run;
pub mod scan;
pub mod schedule;
mod session;
pub mod sides;
mod stand;
pub mod table;
pub mod trend;
mod turns;
pub mod usage;
mod watch;
