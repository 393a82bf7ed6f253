//! What a write is answered that carries away what was read before.

use super::*;

const NEWS: &str = "The works at Brennhavn will be closed by the end of March, and 214 people will be offered places in \
     Kjelsund. The unions are told on Monday.";

/// Reads the news from the intranet; the trace.
fn read(play: &mut Play) -> String {
    let scan = play.scan(r#"{"method":"GET","url":"https://intranet.example/news"}"#);
    let trace = text(&scan, "trace_id");
    let response = format!(r#"{{"trace_id":"{trace}","response_body":{{"title":"News","text":"{NEWS}"}}}}"#);
    assert_eq!(play.send("POST", "/v1/scan/response", &response).1, 200);
    trace
}

fn post(words: &str) -> String {
    format!(r#"{{"method":"POST","url":"https://chat.example/post","body":{{"text":"{words}"}}}}"#)
}

fn words(json: &Json, field: &str) -> String {
    json.get(field).map(ToString::to_string).unwrap_or_default()
}

#[test]
fn the_default_scenario_asks_a_person_and_names_the_trace() {
    let mut play = Play::new(guard_fixtures::scenario("default").unwrap());
    let trace = read(&mut play);
    let write = post(&NEWS.to_uppercase());
    let asked = play.scan(&write);
    assert_eq!(
        (text(&asked, "decision").as_str(), words(&asked, "reason_codes").as_str()),
        ("REQUIRE_APPROVAL", r#"["SENSITIVE_DATA_EGRESS"]"#)
    );
    let details =
        format!("at least 100 of 111 letters and digits, in a row, were read from intranet.example in trace {trace}");
    assert_eq!(words(&asked, "signals"), format!(r#"[{{"engine":"correlate","score":0.95,"details":"{details}"}}]"#));
    assert_eq!(text(&play.scan(&post("lunch?")), "decision"), "REQUIRE_APPROVAL", "the host is new, no more");
    assert_eq!(words(&play.scan(&post("lunch?")), "signals"), "[]");

    play.decide(&text(&asked, "approval_id"), Analyst::Approve);
    let granted = play.scan(&write);
    assert_eq!(text(&granted, "decision"), "ALLOW");
    assert!(words(&granted, "signals").contains("correlate"), "it is said all the same: {granted}");
    assert_eq!(text(&play.scan(&post(NEWS)), "decision"), "REQUIRE_APPROVAL", "other arguments are asked about anew");
    assert_eq!(text(&play.scan(&post("lunch?")), "decision"), "ALLOW");
}

#[test]
fn a_secret_in_what_was_read_is_denied_and_personal_data_is_asked_about() {
    let mut play = Play::new(guard_fixtures::scenario("default").unwrap());
    read(&mut play);
    assert_eq!(text(&play.scan(&post(&format!("{NEWS} AKIAIOSFODNN7EXAMPLE"))), "decision"), "DENY");
    assert_eq!(text(&play.scan(&post(&format!("{NEWS} jo@example.org"))), "decision"), "REQUIRE_APPROVAL");
    assert_eq!(text(&play.scan(&post("jo@example.org")), "decision"), "SANITIZE");
}

#[test]
fn a_rule_can_ask_for_an_overlap_and_a_miss_says_how_much_there_was() {
    let mut play = Play::new(
        "
rules:
  - when: { overlaps: earlier_response, host: chat.example }
    then: { decision: DENY, reason_codes: [SENSITIVE_DATA_EGRESS] }
",
    );
    read(&mut play);
    let (decided, _, _) = play.send("POST", "/v1/scan", &post("hello"));
    let due = "nearest is rule 1; overlaps: wanted text of an earlier response to another host, got none";
    assert_eq!(decided.miss.expect("a miss").to_string(), due);
    let (decided, _, answer) =
        play.send("POST", "/v1/scan", &post("places in Kjelsund. The unions are told on Monday"));
    let miss = decided.miss.expect("a miss").to_string();
    assert!(miss.contains("got too little: at least 28 of 40 letters and digits"), "{miss}");
    assert_eq!((words(&answer, "reason_codes"), words(&answer, "signals")), (r#"["NO_RULE_MET"]"#.into(), "[]".into()));
    assert!(matches!(play.send("POST", "/v1/scan", &post(NEWS)).0.by, Decider::Rule { rule: 1, reply: 1 }));
}

#[test]
fn what_was_read_outlives_another_scenario_and_not_a_reset() {
    let overlaps =
        "rules: [{ when: { overlaps: earlier_response }, then: { decision: DENY } }, { then: { decision: ALLOW } }]";
    let mut play = Play::new("rules: [{ then: { decision: ALLOW } }]");
    read(&mut play);
    play.engine.replace(&Scenario::parse("play.yaml", overlaps).unwrap());
    assert_eq!(play.decision(&post(NEWS)), "DENY");
    let now = play.clock.now().virtual_time;
    play.engine.reset(now);
    assert_eq!(play.decision(&post(NEWS)), "ALLOW");
}

#[test]
fn a_response_that_the_gateway_failed_on_is_not_remembered() {
    let mut play = Play::new(
        "
rules:
  - { when: { path: /v1/scan/response }, then: { status: 503 } }
  - { when: { overlaps: earlier_response }, then: { decision: DENY } }
  - { then: { decision: ALLOW } }
",
    );
    let response = format!(r#"{{"trace_id":"t","response_body":"{NEWS}"}}"#);
    assert_eq!(play.send("POST", "/v1/scan/response", &response).1, 503);
    assert_eq!(play.decision(&post(NEWS)), "ALLOW");
}

#[test]
fn a_trace_id_of_the_scenarios_own_is_known() {
    let mut play = Play::new(
        "
rules:
  - { when: { overlaps: earlier_response }, then: { decision: DENY } }
  - { then: { decision: ALLOW, trace_id: T } }
",
    );
    assert_eq!(read(&mut play), "T");
    let details = words(&play.scan(&post(NEWS)), "signals");
    assert!(details.contains("from intranet.example in trace T"), "{details}");
}

#[test]
fn a_condition_that_nobody_knows_is_refused_at_its_place() {
    let error =
        Scenario::parse("mine.yaml", "rules:\n  - when: { overlaps: later_response }\n    then: { decision: DENY }\n");
    let error = error.expect_err("no such thing").to_string();
    assert!(
        error.starts_with("cannot read scenario mine.yaml: line 2 column 23: ") && error.contains("earlier_response"),
        "{error}"
    );
}
