//! What a search begins with: the corpus, and what stands in our own cases, scenarios, manifests and
//! client settings. Never a property.

use crate::corpus::{Seed, corpus};
use crate::property::Input;

/// Settings files of clients, with everything in them that is looked at.
const CLIENT_CONFIGS: [&str; 5] = [
    r#"{
  // comments and commas are allowed
  "mcpServers": {
    "guard": {
      "command": "npx",
      "args": ["-y", "g@1", "--url", "https://gw.example/t/", "--key=iv_live_12345678", "${workspaceFolder}/é"],
      "env": { "INTERVEN_API_KEY": "iv_live_12345678", "INTERVEN_GATEWAY_URL": "https://gw.example/t/", "DEBUG": 1, },
      "cwd": "${userHome}/p",
    },
  },
}"#,
    r#"{ "servers": { "guard": { "type": "stdio", "command": "g", "envFile": ".env" } }, "inputs": [] }"#,
    r#"{ "context_servers": { "guard": { "command": { "path": "g", "args": ["a"], "env": { "A": null } } } } }"#,
    r#"{ "mcp": { "guard": { "type": "local", "command": ["g", "x"], "environment": { "HOME": "/h" } } } }"#,
    r#"{ "projects": { "/home/ann/p": { "mcpServers": { "guard": { "command": "g" } } } } }"#,
];

/// A short recording of a guard that was asked, answered and left.
const RECORDING: &str = r#"{"recording":1,"case":"scan/deny","subject":"g","version":"2025-11-25","declared":["2025-11-25"],"canary":"iv_live_1","tools":{"scan":"interven_scan","scan_response":"interven_scan_response"},"deny_when":[],"transforms":[],"has_gateway":true,"budget_ms":300,"sees_processes":true}
{"at_us":1,"event":{"started":{"pid":1}}}
{"at_us":2,"event":{"client_sent":{"step":"1","bytes":{"utf8":"{}\n"},"id":"1"}}}
{"at_us":3,"event":{"client_received":{"line":{"utf8":"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"é\":\"äöü äöü äöü äöü\"}}"}}}}
{"at_us":4,"event":"stdin_closed"}
{"at_us":5,"event":{"exited":{"status":{"code":0}}}}
"#;

/// What inputs of this kind look like.
#[must_use]
pub fn seeds(input: Input) -> Vec<Vec<u8>> {
    let texts = |files: Vec<(&str, &str)>| files.into_iter().map(|(_, text)| text.as_bytes().to_vec()).collect();
    match input {
        // Any bytes are decisions; long ones decide more.
        Input::Choices => [0, 16, 64, 256].map(|length| (0..length).map(|at| (at * 37 % 251) as u8).collect()).into(),
        Input::Json => corpus().iter().map(|seed| seed.text.to_vec()).collect(),
        Input::Line => corpus().iter().map(Seed::line).collect(),
        Input::Case => texts(guard_fixtures::cases()),
        Input::Scenario => texts(guard_fixtures::scenarios()),
        Input::Manifest => texts(guard_fixtures::guards()),
        Input::ClientConfig => CLIENT_CONFIGS.map(Into::into).into(),
        Input::Recording => vec![RECORDING.into()],
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use guard_conformance::case;
    use guard_conformance::recording::Recording;
    use guard_conformance::requirement::Requirements;
    use guard_conformance::subject::Subject;
    use guard_conformance::subject::client_config::ClientServer;
    use mock_gateway::Scenario;

    use super::*;

    /// What is refused at its first word says nothing of what stands behind it.
    #[test]
    fn every_file_that_a_search_begins_with_is_read() {
        let requirements = Requirements::embedded().unwrap();
        let read = |input, text: &str| match input {
            Input::Case => case::parse("seed.yaml", "scan/seed.yaml", text, &requirements).is_ok(),
            Input::Scenario => Scenario::parse("seed.yaml", text).is_ok(),
            Input::Manifest => Subject::parse(Path::new("guard.yaml"), text).is_ok(),
            Input::ClientConfig => ClientServer::read(text, Path::new(".cursor/mcp.json"), "guard").is_ok(),
            Input::Recording => Recording::read("seed.jsonl", text.as_bytes()).is_ok(),
            Input::Choices | Input::Json | Input::Line => unreachable!("these are no files"),
        };
        for input in [Input::Case, Input::Scenario, Input::Manifest, Input::ClientConfig, Input::Recording] {
            for seed in seeds(input) {
                let text = String::from_utf8(seed).unwrap();
                assert!(read(input, &text), "{input:?} is refused:\n{text}");
            }
        }
    }
}
