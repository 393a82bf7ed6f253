//! A policy gateway that does what its scenario says. Map of the crate; no logic here.
//!
//! A request goes one way: `server` reads it, `journal` writes it down, `api` parses it, `engine`
//! decides (with `scenario` and `approval`), `answer` renders, `wire` sends. Beside it, `admin` lets
//! whoever runs the gateway look and act, and `console` is the page for doing so in a browser.

pub mod admin;
pub mod answer;
pub mod api;
pub mod approval;
pub mod classify;
pub mod clock;
mod console;
pub mod correlate;
pub mod engine;
pub mod fidelity;
pub mod journal;
pub mod json;
mod keys;
mod meter;
pub mod redact;
pub mod scenario;
mod seed;
mod server;
mod session;
mod tls;
mod wire;
pub mod yaml;

pub use clock::Clock;
pub use journal::{Event, Filter};
pub use scenario::{Reply, Scenario};
pub use server::{Approvals, Builder, Listener, MockGateway, StartError};
pub use tls::{Tls, TlsError};
