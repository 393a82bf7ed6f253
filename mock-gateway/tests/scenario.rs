//! What people get to read about a scenario that cannot be used, and that the published schema
//! speaks of the same form.

use mock_gateway::scenario::{self, Scenario, ScenarioError};
use mock_gateway::yaml::YamlError;

fn fault(yaml: &str) -> (u64, u64, String) {
    match Scenario::parse("mine.yaml", yaml) {
        Err(ScenarioError::Malformed { file, error: YamlError { line, column, report } }) => {
            assert_eq!(file, "mine.yaml");
            assert!(report.contains(&format!("mine.yaml:{line}:{column}")), "{report}");
            (line, column, report)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_error_shows_its_place_and_what_was_expected() {
    let (line, column, report) = fault(
        "seed: 7
rules:
  - when: { method: GET }
    then:
      - { decision: DENY }
      - { decision: ALLOW, status: 500 }
",
    );
    assert_eq!((line, column), (6, 9));
    insta::assert_snapshot!(report);
}

#[test]
fn every_kind_of_mistake_is_named_where_it_stands() {
    for (reply, column, message) in [
        ("{}", 11, "`status`, `json` or a `wire` of hang, reset, close or garbage; this one has none"),
        ("{ decision: A, json: B }", 11, "this one has `decision` and `json`"),
        ("{ status: 500, wire: hang }", 11, "this one has `status` and `hang`"),
        ("{ json: B, wire: reset }", 11, "this one has `json` and `reset`"),
        (
            "{ decision: A, delay: 10 }",
            33,
            "`10` is no length of time: write a whole number and its unit, such as 80ms",
        ),
        ("{ decision: A, repeat: 0 }", 26, "invalid value: integer `0`, expected a number from 1, or `forever`"),
        ("{ decision: A, repeat: -1 }", 26, "integer `-1`, expected a number from 1, or `forever`"),
        ("{ decision: A, repeat: often }", 26, "string \"often\", expected a number from 1, or `forever`"),
        ("{ decision: A, riskscore: 1 }", 26, "unknown field `riskscore`, expected one of decision,"),
        ("{ decision: A, decision: B }", 26, "duplicate mapping key `decision`"),
        ("{ decision: A, extra: { trace_id: x } }", 11, "`trace_id` is a field of its own"),
        ("{ decision: A, sanitize: redact, sanitized_body: 1 }", 11, "not two"),
        ("{ decision: A, sanitized_body_json: '{' }", 11, "`sanitized_body_json` is not JSON"),
        ("{ decision: A, retry_after: 2s }", 11, "`retry_after` goes with `status` only"),
        ("{ status: 500, reason_codes: [PII] }", 11, "`reason_codes` goes with `decision` only"),
        ("{ status: 200 }", 11, "status 200 cannot be sent: write 300 to 999, or 200 to 999 with `json`"),
        ("{ status: 429, retry_after: 10ms }", 11, "`retry_after` is sent in seconds"),
        ("{ wire: hang, delay: 1s }", 11, "`delay` goes with what ends: an answer, or a fault other than hang only"),
        ("{ decision: A, approval: { after: 3s, become: x } }", 57, "unknown variant `x`"),
        (
            "{ decision: ALLOW, approval: { after: 3s, become: approved } }",
            11,
            "goes with `decision: REQUIRE_APPROVAL` only",
        ),
        ("{ decision: A, delay: { uniform: { min: 2s, max: 1s } } }", 33, "`min` must not be longer than `max`"),
        ("{ wire: hung }", 13, "unknown variant `hung`, expected one of hang, reset, close, garbage, reset_after"),
        ("{ wire: { reset_after: 20 } }", 11, "`wire: reset_after` happens to an answer: write `decision`, `status`"),
        ("{ wire: bad_chunk }", 11, "`wire: bad_chunk` happens to an answer"),
        ("{ decision: A, wire: reset_after }", 32, "`reset_after` needs a figure, such as { reset_after: 20 }"),
        ("{ decision: A, wire: drip }", 32, "such as { drip: { bytes: 64, every: 20ms } }"),
        ("{ decision: A, wire: 7 }", 26, "expected a fault, such as reset or { reset_after: 20 }"),
        ("{ decision: A, wire: { reset_after: 0 } }", 34, "nonzero"),
        ("{ decision: A, wire: { reset_after: -1 } }", 47, "invalid u32"),
        ("{ decision: A, wire: { content_length_off_by: 0 } }", 34, "nonzero"),
        ("{ decision: A, wire: { hang: 1 } }", 40, "hang"),
        ("{ decision: A, wire: { reset_after: 1, close_after: 1 } }", 50, "expected mapping end"),
        ("{ decision: A, wire: { drip: { bytes: 1, every: 0ms } } }", 11, "`every` is the pause between two drips"),
        ("{ decision: A, wire: { drip: { bytes: 0, every: 1ms } } }", 42, "nonzero"),
        ("{ decision: A, wire: { drip: { bytes: 1 } } }", 42, "missing field `every`"),
        ("{ decision: A, wire: { drip: { bytes: 1, evry: 1ms } } }", 52, "unknown field `evry`, expected one of bytes"),
        ("{ json: '{', wire: truncated_json }", 11, "`wire: truncated_json` goes with `decision` or `status` only"),
        ("{ json: '', wire: close_mid_body }", 11, "happens to a body, and this answer has none that is long enough"),
        ("{ json: '12', wire: { content_length_off_by: -3 } }", 11, "`wire: content_length_off_by` happens to a body"),
        ("{ status: 304, wire: bad_chunk }", 11, "`wire: bad_chunk` happens to a body"),
        ("{ status: 204, json: '', wire: { huge_body: 9 } }", 11, "`wire: huge_body` happens to a body"),
        ("{ status: 503, location: /x }", 11, "`location` goes with a `status` from 300 to 399 only"),
        ("{ decision: A, location: /x }", 11, "`location` goes with a `status` from 300 to 399 only"),
        ("{ status: 302, location: '' }", 11, "`location` is sent in a header: write at least one character"),
        ("{ decision: A, content_type: \"a\\nb\" }", 11, "`content_type` is sent in a header"),
        ("{ wire: reset, content_type: text/html }", 11, "`content_type` goes with an answer only"),
        ("{ wire: reset, reason_codes: [PII] }", 11, "`reason_codes` goes with `decision` only"),
        ("ALLOW", 5, "expected a reply, such as { decision: ALLOW }"),
        ("[]", 5, "expected one value or a list of at least one"),
    ] {
        let (line, seen, report) = fault(&format!("rules:\n  - then: {reply}\n"));
        assert!(report.contains(message), "{reply}: {report}");
        assert_eq!((line, seen), (2, column), "{reply}: {report}");
    }
    for (when, message) in [
        ("{ tol: x }", "unknown field `tol`, expected one of path, key, agent, tool_name"),
        ("{ classified: SECRET }", "unknown variant `SECRET`, expected one of SECRETS, PII"),
        ("{ url: '[' }", "`[` is no pattern"),
        ("{ headers: { accept: '[' } }", "`[` is no pattern"),
        ("{ nth: 0 }", "nonzero"),
        ("{ nth: [1, -2] }", "invalid u64"),
        ("{ every: often }", "invalid u64"),
        ("x", "expected mapping start"),
    ] {
        let report = fault(&format!("rules:\n  - when: {when}\n    then: {{ decision: A }}\n")).2;
        assert!(report.contains(message), "{when}: {report}");
    }
}

#[test]
fn every_fault_is_accepted_where_it_means_something_and_written_as_it_was_read() {
    for reply in [
        "{ wire: hang }",
        "{ wire: reset, delay: 1s }",
        "{ decision: REQUIRE_APPROVAL, wire: hang }",
        "{ decision: DENY, wire: { close_after: 1 } }",
        "{ status: 304, wire: { reset_after: 1 } }",
        "{ status: 204, json: '', wire: { drip: { bytes: 1, every: 1ms } } }",
        "{ json: '12', wire: { content_length_off_by: -2 } }",
        "{ json: '', wire: { huge_body: 1 } }",
        "{ json: '', wire: { content_length_off_by: 1 } }",
        "{ status: 301, location: /x, content_type: text/plain }",
        "{ status: 302, json: '', location: /x }",
    ] {
        let parsed = Scenario::parse("mine.yaml", &format!("rules: [{{ then: {reply} }}]"));
        let written = parsed.unwrap_or_else(|error| panic!("{error}")).to_yaml();
        let again = Scenario::parse("again.yaml", &written).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(again.to_yaml(), written, "{reply}");
        assert!(reply.contains("wire:") == written.contains(r#""wire":"#), "{written}");
    }
}

#[test]
fn the_schema_knows_every_fault_and_no_other() {
    let schema = serde_json::to_value(scenario::schema()).unwrap();
    let mut known = Vec::new();
    for form in schema["$defs"]["Fault"]["oneOf"].as_array().unwrap() {
        let words = form["const"]
            .as_str()
            .into_iter()
            .chain(form["enum"].as_array().into_iter().flatten().filter_map(|word| word.as_str()));
        known.extend(words.map(str::to_owned));
        if let Some(properties) = form["properties"].as_object() {
            assert_eq!(form["additionalProperties"], false);
            known.extend(properties.keys().cloned());
        }
    }
    let report = fault("rules:\n  - then: { wire: nonsense }\n").2;
    let listed: Vec<_> = report.split("expected one of ").nth(1).unwrap().lines().next().unwrap().split(", ").collect();
    known.sort_unstable_by_key(|name| listed.iter().position(|listed| listed == name));
    assert_eq!(known, listed);
}

#[test]
fn a_scenario_says_its_rules_even_if_there_are_none() {
    for text in ["", "# all is commented out\n", "seed: 7\n", "{}", "null", "---\n", "rules:\n"] {
        let error = Scenario::parse("mine.yaml", text).expect_err(text).to_string();
        let message = "cannot use scenario mine.yaml: a scenario needs `rules`; write `rules: []` for none";
        assert_eq!(error, message, "{text:?}");
    }
    assert!(Scenario::parse("mine.yaml", "rules: []").is_ok());
}

#[test]
fn a_reply_survives_being_written_and_read_again() {
    let reply = r#"{"decision":"MAYBE","reason_codes":["A"],"risk_score":0.5,"sanitized_body":null,"omit":["trace_id"],"extra":{"x":[1]},"delay":"80ms","repeat":3}"#;
    let read: mock_gateway::Reply = serde_json::from_str(reply).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), reply);
    assert!(serde_json::from_str::<mock_gateway::Reply>("{}").is_err());
}

#[test]
fn the_schema_knows_every_field_and_no_other() {
    let schema = serde_json::to_value(scenario::schema()).unwrap();
    assert_eq!(schema["required"], serde_json::json!(["rules"]));
    let reply = &schema["$defs"]["Reply"];
    assert_eq!(reply["additionalProperties"], false);
    let mut fields: Vec<_> = reply["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    let report = fault("rules:\n  - then: { nonsense: 1 }\n").2;
    let listed = report.split("expected one of ").nth(1).unwrap().lines().next().unwrap();
    let mut known: Vec<_> = listed.split(", ").collect();
    known.sort_unstable();
    assert_eq!(fields, known);
    assert_eq!(schema["$defs"]["When"]["additionalProperties"], false);
    insta::assert_snapshot!(serde_json::to_string_pretty(&schema["$defs"]["OneOrMany_Reply"]).unwrap());
}
