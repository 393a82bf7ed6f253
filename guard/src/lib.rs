//! The reference MCP guard. A map of the crate:
//!
//! | module | holds |
//! |---|---|
//! | [`config`], [`key`] | the environment → what the guard may do |
//! | [`json`] | strict JSON, looked at where it lies |
//! | [`frame`] | one line of a client ↔ one JSON-RPC message |
//! | [`era`] | which protocol a request is served under |
//! | [`scan`] | what we ask of the gateway |
//! | [`verdict`] | what it may answer |
//! | [`gateway`] | the HTTP client: deadline, retry, failures |
//! | [`answer`] | verdict or failure → the result of a tool call |
//! | [`gate`] | the transport that rmcp sits behind |
//! | [`server`] | the scan role: two tools and a resource |
//! | [`proxy`] | the proxy role: every call of another server judged, all else relayed |
//! | [`approval`] | how a held call's approval stands |
//! | [`batch`] | answers that go out together |
//! | [`caught`] | panics that become answers |
//! | [`session`] | one client from its first line to its last |
//! | [`room`] | how much is held at once |
//! | [`stdio`] | the process's streams, without a thread between |
//! | [`cli`], [`log`] | arguments and the help page; what is said on stderr |
//! | [`client`] | what tells an MCP client of the guard |
//!
//! Decisions (`json`, `frame`, `era`, `scan`, `verdict`, `answer`, `config`) are pure functions over bytes.

pub mod answer;
pub mod approval;
pub mod batch;
pub mod caught;
pub mod cli;
pub mod client;
pub mod config;
pub mod era;
pub mod frame;
pub mod gate;
pub mod gateway;
pub mod json;
pub mod key;
mod line;
pub mod log;
pub mod proxy;
pub mod room;
pub mod scan;
pub mod server;
pub mod session;
pub mod stdio;
pub mod verdict;
