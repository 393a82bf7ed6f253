//! Every property by name, with what its bytes are: what tests and seeds go through one by one. Never a
//! property itself.

use crate::{
    addresses_differ, approvals_follow_the_contract, arguments_survive, body_survives, case_is_read,
    client_config_is_read, gate_agrees, line_is_read_as_written, manifest_is_read, nothing_denied_runs,
    overlap_is_found, recording_is_read, redaction_leaves_nothing_to_find, redaction_takes_secrets_alone,
    result_says_what_was_decided, same_value_same_grant, sanitized_body_is_the_gateways, scenario_is_read,
};

/// One property.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// The name of its function, and of its fuzz target.
    pub name: &'static str,
    /// What its bytes are.
    pub input: Input,
    /// Panics where the property does not hold.
    pub check: fn(&[u8]),
}

/// What the bytes of a property stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Decisions, of which something is made.
    Choices,
    /// A JSON text.
    Json,
    /// A line of a client.
    Line,
    /// The text of a case.
    Case,
    /// The text of a scenario.
    Scenario,
    /// The text of a manifest.
    Manifest,
    /// The settings file of a client.
    ClientConfig,
    /// A recording.
    Recording,
}

/// Every one, by name.
pub const ALL: &[Property] = &[
    of("addresses_differ", Input::Choices, addresses_differ),
    of("approvals_follow_the_contract", Input::Choices, approvals_follow_the_contract),
    of("arguments_survive", Input::Json, arguments_survive),
    of("body_survives", Input::Json, body_survives),
    of("case_is_read", Input::Case, case_is_read),
    of("client_config_is_read", Input::ClientConfig, client_config_is_read),
    of("gate_agrees", Input::Json, gate_agrees),
    of("line_is_read_as_written", Input::Line, line_is_read_as_written),
    of("manifest_is_read", Input::Manifest, manifest_is_read),
    of("nothing_denied_runs", Input::Choices, nothing_denied_runs),
    of("overlap_is_found", Input::Choices, overlap_is_found),
    of("recording_is_read", Input::Recording, recording_is_read),
    of("redaction_leaves_nothing_to_find", Input::Json, redaction_leaves_nothing_to_find),
    of("redaction_takes_secrets_alone", Input::Choices, redaction_takes_secrets_alone),
    of("result_says_what_was_decided", Input::Json, result_says_what_was_decided),
    of("same_value_same_grant", Input::Choices, same_value_same_grant),
    of("sanitized_body_is_the_gateways", Input::Json, sanitized_body_is_the_gateways),
    of("scenario_is_read", Input::Scenario, scenario_is_read),
];

const fn of(name: &'static str, input: Input, check: fn(&[u8])) -> Property {
    Property { name, input, check }
}
