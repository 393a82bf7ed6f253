//! The files that people write, and the recordings that others send in: whatever stands in them, they
//! are read or refused. Never what they mean.

use std::path::Path;
use std::sync::LazyLock;

use guard_conformance::case;
use guard_conformance::recording::Recording;
use guard_conformance::requirement::Requirements;
use guard_conformance::subject::Subject;
use guard_conformance::subject::client_config::ClientServer;
use guard_conformance::timeline;
use mock_gateway::Scenario;

/// A gateway's scenario is read or refused with one reason; what is read and written again reads the same.
///
/// # Panics
/// When the reader does, or when what it wrote is another scenario.
pub fn scenario_is_read(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else { return };
    if let Ok(scenario) = Scenario::parse("fuzz.yaml", text) {
        let written = scenario.to_yaml();
        let again = Scenario::parse("fuzz.yaml", &written);
        let again = again.unwrap_or_else(|error| panic!("it is written as what is refused: {error}\n{written}"));
        assert_eq!(format!("{again:?}"), format!("{scenario:?}"), "it is written as another one:\n{written}");
    }
}

/// A case is read or refused.
///
/// # Panics
/// When the reader does.
pub fn case_is_read(text: &[u8]) {
    static REQUIREMENTS: LazyLock<Requirements> =
        LazyLock::new(|| Requirements::embedded().expect("the embedded requirements are good"));
    if let Ok(text) = std::str::from_utf8(text) {
        let _ = case::parse("fuzz.yaml", "scan/fuzz.yaml", text, &REQUIREMENTS);
    }
}

/// A guard's manifest is read or refused.
///
/// # Panics
/// When the reader does.
pub fn manifest_is_read(text: &[u8]) {
    if let Ok(text) = std::str::from_utf8(text) {
        let _ = Subject::parse(Path::new("guard.yaml"), text);
    }
}

/// The settings file of a client is read or refused, whatever its comments and commas.
///
/// # Panics
/// When the reader does.
pub fn client_config_is_read(text: &[u8]) {
    if let Ok(text) = std::str::from_utf8(text) {
        let _ = ClientServer::read(text, Path::new(".cursor/mcp.json"), "guard");
    }
}

/// A recording is read or refused, and what is read can be told.
///
/// # Panics
/// When the reader does, or the teller.
pub fn recording_is_read(text: &[u8]) {
    if let Ok(recording) = Recording::read("fuzz.jsonl", text) {
        let told = timeline::moments(&recording, 40).count();
        assert_eq!(told, recording.direct.len() + recording.entries.len(), "not every event is told");
    }
}
