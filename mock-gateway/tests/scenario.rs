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
        ("{}", 11, "needs exactly one of `decision`, `status`, `json` or `wire: hang`; this one has none"),
        ("{ decision: A, json: B }", 11, "this one has `decision` and `json`"),
        ("{ decision: A, wire: hang }", 11, "this one has `decision` and `wire: hang`"),
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
        ("{ status: 200 }", 11, "status 200 cannot be sent: write 300 to 599, or 200 to 599 with `json`"),
        ("{ status: 429, retry_after: 10ms }", 11, "`retry_after` is sent in seconds"),
        ("{ wire: hang, delay: 1s }", 11, "`delay` goes with `decision`, `status` or `json` only"),
        ("{ decision: A, approval: { after: 3s, become: x } }", 57, "unknown variant `x`"),
        (
            "{ decision: ALLOW, approval: { after: 3s, become: approved } }",
            11,
            "goes with `decision: REQUIRE_APPROVAL` only",
        ),
        ("{ decision: A, delay: { uniform: { min: 2s, max: 1s } } }", 33, "`min` must not be longer than `max`"),
        ("{ wire: hung }", 19, "unknown variant `hung`, expected one of hang"),
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
