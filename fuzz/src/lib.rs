//! Properties of everything that is read, written and decided on a call's way, each one function that
//! takes bytes and panics where the property does not hold. Called by proptest in `tests/`; the fuzz
//! target of the same name calls the same function. Map of the crate.

mod answer;
mod approvals;
pub mod corpus;
pub mod dress;
mod format;
mod gateway;
mod grant;
mod line;
mod overlap;
pub mod property;
mod proxy;
mod question;
mod redaction;
pub mod seeds;
mod text;

pub use answer::{result_says_what_was_decided, sanitized_body_is_the_gateways};
pub use approvals::{Approvals, Model, Step, approvals_follow_the_contract};
pub use format::{case_is_read, client_config_is_read, manifest_is_read, recording_is_read, scenario_is_read};
pub use grant::same_value_same_grant;
pub use line::line_is_read_as_written;
pub use overlap::overlap_is_found;
pub use proxy::nothing_denied_runs;
pub use question::{addresses_differ, arguments_survive, body_survives};
pub use redaction::{redaction_leaves_nothing_to_find, redaction_takes_secrets_alone};
pub use text::gate_agrees;
