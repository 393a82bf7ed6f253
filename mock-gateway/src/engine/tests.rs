//! Requests played against scenarios under virtual time; the answers are read as JSON.

use std::time::Duration;

use bytes::Bytes;

use super::*;
use crate::api::Key;
use crate::approval::Verdict as Analyst;
use crate::clock::Clock;
use crate::json::Json;

mod life;
mod overlaps;
mod rules;
mod scenarios;

const WRITE: &str = r#"{"method":"POST","url":"https://a.example/x","tool_name":"t","body":{"n":1.10}}"#;

struct Play {
    engine: Engine,
    clock: Clock,
}

impl Play {
    fn new(yaml: &str) -> Self {
        let scenario = Scenario::parse("play.yaml", yaml).unwrap_or_else(|error| panic!("{error}"));
        let clock = Clock::frozen();
        let start = clock.now().virtual_time;
        Self { engine: Engine::new(&scenario, "http://console".to_owned(), start), clock }
    }

    fn send(&mut self, method: &str, path: &str, body: &str) -> (Decided, u16, Json) {
        let body = Bytes::copy_from_slice(body.as_bytes());
        let length = body.len() as u64;
        let request = Request::read(method, path, Some(a_key()), &body, length).expect("a good request");
        let decided = self.engine.decide(&request, self.clock.now());
        let answer = decided.say.answer().expect("an answer");
        let json = Json::parse(&answer.body).expect("an answer in JSON");
        (decided, answer.status, json)
    }

    fn scan(&mut self, body: &str) -> Json {
        self.send("POST", "/v1/scan", body).2
    }

    fn decision(&mut self, body: &str) -> String {
        text(&self.scan(body), "decision")
    }

    fn decide(&mut self, id: &str, verdict: Analyst) {
        let now = self.clock.now().virtual_time;
        self.engine.desk().decide(id, verdict, None, now).expect("a pending approval");
    }

    fn minutes(&self, minutes: u64) {
        self.clock.advance(Duration::from_secs(60 * minutes));
    }
}

fn a_key() -> Key {
    "iv_test_1".parse().expect("a good key")
}

fn text(json: &Json, field: &str) -> String {
    json.get(field).and_then(Json::as_str).unwrap_or_else(|| panic!("{field} in {json}")).to_owned()
}

fn about(tool: &str, method: &str, url: &str, rest: &str) -> String {
    format!(r#"{{"tool_name":"{tool}","method":"{method}","url":"{url}"{rest}}}"#)
}

fn write_to(host: &str) -> String {
    format!(r#"{{"method":"POST","url":"https://{host}/x","body":{{}}}}"#)
}

#[test]
fn replies_are_given_in_turn_and_the_last_one_repeats() {
    let mut play =
        Play::new("rules: [{ then: [{ decision: DENY, repeat: 2 }, { decision: MAYBE }, { decision: ALLOW }] }]");
    let given: Vec<_> = (0..6).map(|_| play.decision(WRITE)).collect();
    assert_eq!(given, ["DENY", "DENY", "MAYBE", "ALLOW", "ALLOW", "ALLOW"]);
    let mut play = Play::new("rules: [{ then: [{ decision: DENY, repeat: forever }, { decision: ALLOW }] }]");
    assert_eq!([play.decision(WRITE), play.decision(WRITE), play.decision(WRITE)], ["DENY", "DENY", "DENY"]);
}

#[test]
fn the_first_rule_that_agrees_answers() {
    for (when, scan, meets) in [
        ("tool_name: t", WRITE, true),
        ("tool_name: [s, t]", WRITE, true),
        ("tool_name: T", WRITE, false),
        ("tool_name: t", r#"{"method":"GET","url":"https://a.example"}"#, false),
        ("method: POST", WRITE, true),
        ("method: [GET, PUT]", WRITE, false),
        (r#"url: "https://*.example/*""#, WRITE, true),
        (r#"url: "https://a.*""#, r#"{"method":"GET","url":"https://a.example/deep/er?q"}"#, true),
        (r#"url: "https://a.example""#, WRITE, false),
        ("host: a.example", WRITE, true),
        ("host: example", WRITE, false),
        (r#"contains: "1.10""#, WRITE, true),
        (r#"contains: "1.1""#, r#"{"method":"GET","url":"https://a.example/1.1"}"#, false),
        ("classified: PII", r#"{"method":"GET","url":"https://a.example","body":["jo@example.org"]}"#, true),
        ("classified: PII", r#"{"method":"GET","url":"https://a.example?q=219-09-9999"}"#, true),
        ("classified: SECRETS", r#"{"method":"GET","url":"https://a.example","body":["jo@example.org"]}"#, false),
        ("path: /v1/scan", WRITE, true),
        ("path: /v1/scan/*", WRITE, false),
        ("method: POST, host: b.example", WRITE, false),
    ] {
        let mut play = Play::new(&format!("rules: [{{ when: {{ {when} }}, then: {{ decision: MET }} }}]"));
        let expected = if meets { "MET" } else { "DENY" };
        assert_eq!(play.decision(scan), expected, "{when} {scan}");
    }
}

#[test]
fn a_scan_that_meets_no_rule_is_denied() {
    let (decided, _, answer) = Play::new("rules: []").send("POST", "/v1/scan", WRITE);
    assert_eq!(answer.get("reason_codes").map(ToString::to_string).as_deref(), Some(r#"["NO_RULE_MET"]"#));
    assert_eq!((decided.by, text(&answer, "decision").as_str()), (Decider::BuiltIn, "DENY"));
}

#[test]
fn approved_arguments_are_allowed_until_the_window_ends() {
    let mut play = Play::new("rules: [{ then: { decision: REQUIRE_APPROVAL } }]");
    let asked = play.scan(WRITE);
    let id = text(&asked, "approval_id");
    assert_eq!(text(&asked, "approval_url"), format!("http://console/approvals/{id}"));
    assert_eq!(text(&play.scan(WRITE), "approval_id"), id, "the same scan waits for the same approval");
    assert_ne!(text(&play.scan(&write_to("b.example")), "approval_id"), id);

    play.decide(&id, Analyst::Approve);
    play.minutes(9);
    let (decided, _, granted) = play.send("POST", "/v1/scan", WRITE);
    assert_eq!(decided.by, Decider::Grant { approval_id: id.clone() });
    assert_eq!(text(&granted, "decision"), "ALLOW");
    assert_eq!(granted.get("reason_codes").map(ToString::to_string).as_deref(), Some(r#"["RECENT_APPROVAL_GRANT"]"#));
    assert_eq!(granted.get("approval_id"), None);
    assert_eq!(play.decision(&WRITE.replace("1.10", "1.1")), "REQUIRE_APPROVAL");
    play.minutes(1);
    let again = play.scan(WRITE);
    assert_eq!(text(&again, "decision"), "REQUIRE_APPROVAL");
    assert_ne!(text(&again, "approval_id"), id);
}

#[test]
fn denied_arguments_are_denied_without_asking_until_the_window_ends() {
    let mut play = Play::new("rules: [{ then: { decision: REQUIRE_APPROVAL } }]");
    let id = text(&play.scan(WRITE), "approval_id");
    play.decide(&id, Analyst::Deny);
    let (decided, _, answer) = play.send("POST", "/v1/scan", WRITE);
    assert_eq!((decided.by, text(&answer, "decision").as_str()), (Decider::Denial { approval_id: id }, "DENY"));
    play.minutes(10);
    assert_eq!(play.decision(WRITE), "REQUIRE_APPROVAL");
}

#[test]
fn a_grant_wins_over_a_verdict_without_using_it_up_and_not_over_a_fault() {
    let mut play = Play::new("rules: [{ then: { decision: REQUIRE_APPROVAL } }]");
    let id = text(&play.scan(WRITE), "approval_id");
    play.decide(&id, Analyst::Approve);
    play.engine.replace_rules(&Scenario::scripted(vec![
        Reply::decision("DENY"),
        Reply::status(503).unwrap(),
        Reply::json("[]"),
        Reply::decision("DENY"),
    ]));
    assert_eq!(play.decision(WRITE), "ALLOW");
    assert_eq!(play.decision(&write_to("b.example")), "DENY");
    assert_eq!(play.send("POST", "/v1/scan", WRITE).1, 503);
    assert_eq!(play.scan(WRITE), Json::Array(Vec::new()));
    assert_eq!(play.decision(WRITE), "ALLOW");
}

#[test]
fn verdicts_pass_over_what_is_no_scan_and_faults_do_not() {
    let response = r#"{"trace_id":"t","response_body":{"b":["jo@example.org"],"a":"iv_live_12345678"}}"#;
    let mut play = Play::new("rules: [{ then: [{ decision: DENY }, { status: 500 }] }]");
    let (decided, status, answer) = play.send("POST", "/v1/scan/response", response);
    assert_eq!((decided.by, status), (Decider::BuiltIn, 200));
    assert_eq!(answer.get("data_classes").map(ToString::to_string).as_deref(), Some(r#"["SECRETS","PII"]"#));
    assert_eq!(answer.get("fields_redacted_count").map(ToString::to_string).as_deref(), Some("2"));
    let reordered = r#"{"trace_id":"u","response_body":{ "a":"iv_live_12345678","b":["jo@example.org"] }}"#;
    let (_, _, other) = play.send("POST", "/v1/scan/response", reordered);
    assert_eq!(text(&answer, "content_fingerprint"), text(&other, "content_fingerprint"));
    assert_eq!(play.decision(WRITE), "DENY");
    assert_eq!(play.send("POST", "/v1/scan/response", response).1, 500);
    assert_eq!(play.send("GET", "/health", "").1, 200, "a rule without path is for scans");
}

#[test]
fn an_approval_can_be_watched() {
    let mut play = Play::new("rules: [{ then: { decision: REQUIRE_APPROVAL } }]");
    let id = text(&play.scan(WRITE), "approval_id");
    let path = format!("/v1/approvals/{id}/status");
    let fields = |json: &Json| {
        ["status", "decision", "decided_at", "expires_at", "remaining_seconds"]
            .map(|field| json.get(field).map_or_else(|| "absent".to_owned(), ToString::to_string))
            .join(" ")
    };
    let pending = play.send("GET", &path, "").2;
    assert_eq!(fields(&pending), r#""pending" null null "2026-01-01T00:10:00Z" 600"#);
    assert_eq!(text(&pending, "approval_id"), id);
    assert!(pending.get("poll_guidance").is_some() && pending.get("retry_guidance").is_some());

    let (decided, status, _) = play.send("GET", &path, "");
    let Say::Error(error) = &decided.say else { panic!("{decided:?}") };
    assert_eq!((status, error.retry_after), (429, Some(2)));

    play.minutes(2);
    play.decide(&id, Analyst::Approve);
    play.minutes(2);
    let approved = play.send("GET", &path, "").2;
    assert_eq!(fields(&approved), r#""approved" "ALLOW" "2026-01-01T00:02:00Z" "2026-01-01T00:12:00Z" 480"#);
    assert_eq!(play.send("GET", "/v1/approvals/unknown/status", "").1, 404);
}

#[test]
fn an_answer_carries_what_the_reply_says_and_lacks_what_it_omits() {
    let mut play = Play::new(
        r#"
rules:
  - then:
      - { decision: SANITIZE, sanitized_body_json: '{ "b":1.10,"a":1e400 }', risk_score: 0.25, risk_band: MED, trace_id: T, reason_codes: [PII] }
      - { decision: REQUIRE_APPROVAL, omit: [approval_id, trace_id], extra: { later: [1, null] } }
      - { decision: SANITIZE, sanitized_body: null }
      - { decision: REQUIRE_APPROVAL, approval_id: A, approval_url: "https://desk/A" }
      - { decision: SANITIZE }
"#,
    );
    let raw = |play: &mut Play| {
        let body = Bytes::from_static(WRITE.as_bytes());
        let request = Request::read("POST", "/v1/scan", Some(a_key()), &body, 1).unwrap();
        let decided = play.engine.decide(&request, play.clock.now());
        String::from_utf8(decided.say.answer().unwrap().body.to_vec()).unwrap()
    };
    assert_eq!(
        raw(&mut play),
        r#"{"decision":"SANITIZE","risk_score":0.25,"risk_band":"MED","reason_codes":["PII"],"trace_id":"T","tool_name":"t","operation":"write","classifications":[],"signals":[],"sanitized_body":{ "b":1.10,"a":1e400 }}"#
    );
    let bare = play.scan(WRITE);
    assert_eq!((bare.get("approval_id"), bare.get("trace_id")), (None, None));
    assert_eq!(bare.get("later").map(ToString::to_string).as_deref(), Some("[1,null]"));
    assert!(bare.get("approval_url").is_some());
    assert_eq!(play.scan(WRITE).get("sanitized_body"), Some(&Json::Null));
    let named = play.scan(&write_to("c.example"));
    assert_eq!((text(&named, "approval_id").as_str(), text(&named, "approval_url").as_str()), ("A", "https://desk/A"));
    assert_eq!(play.scan(WRITE).get("sanitized_body"), None);
}

#[test]
fn ids_follow_from_the_seed() {
    let ids = |seed: u64| {
        let mut play = Play::new(&format!("seed: {seed}\nrules: [{{ then: {{ decision: REQUIRE_APPROVAL }} }}]"));
        let hosts = ["a.example", "b.example", "c.example"];
        let answers = hosts.map(|host| play.scan(&write_to(host)));
        answers.iter().flat_map(|answer| [text(answer, "trace_id"), text(answer, "approval_id")]).collect::<Vec<_>>()
    };
    let first = ids(1);
    assert_eq!(first, ids(1));
    let all: std::collections::BTreeSet<_> = [first.clone(), ids(2), ids(0)].concat().into_iter().collect();
    assert_eq!(all.len(), 18, "no id twice");
    for id in all {
        let lengths: Vec<_> = id.split('-').map(str::len).collect();
        assert_eq!((lengths, &id[14..15]), (vec![8, 4, 4, 4, 12], "4"), "{id}");
        assert!(
            "89ab".contains(&id[19..20]) && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit()),
            "{id}"
        );
    }
}

#[test]
fn a_host_is_new_until_a_write_to_it_was_let_through() {
    let mut play = Play::new(
        "rules: [{ when: { method: [POST, PUT], first_seen: host }, then: { decision: REQUIRE_APPROVAL } }, { then: { decision: ALLOW } }]",
    );
    assert_eq!(play.decision(r#"{"method":"GET","url":"https://a.example/x"}"#), "ALLOW");
    let id = text(&play.scan(&write_to("a.example")), "approval_id");
    assert_eq!(
        play.decision(&write_to("a.example").replace("POST", "PUT")),
        "REQUIRE_APPROVAL",
        "asking is not passing"
    );
    play.decide(&id, Analyst::Approve);
    assert_eq!(play.decision(&write_to("a.example")), "ALLOW");
    assert_eq!(play.decision(&write_to("a.example").replace("POST", "PUT")), "ALLOW");
    assert_eq!(play.decision(&write_to("b.example")), "REQUIRE_APPROVAL");
}

#[test]
fn a_host_that_a_rule_let_through_is_known() {
    for (decision, then) in [("ALLOW", "ALLOW"), ("SANITIZE", "ALLOW"), ("DENY", "REQUIRE_APPROVAL")] {
        let mut play = Play::new(&format!(
            "
rules:
  - when: {{ contains: open }}
    then: {{ decision: {decision} }}
  - when: {{ first_seen: host }}
    then: {{ decision: REQUIRE_APPROVAL }}
  - then: {{ decision: ALLOW }}
"
        ));
        assert_eq!(play.decision(&write_to("a.example").replace("{}", r#""open""#)), decision);
        assert_eq!(play.decision(&write_to("a.example")), then, "after {decision}");
    }
}

#[test]
fn the_default_scenario_shows_all_four_decisions() {
    let mut play = Play::new(guard_fixtures::scenario("default").unwrap());
    let scan =
        |method: &str, body: &str| format!(r#"{{"method":"{method}","url":"https://a.example/x","body":{body}}}"#);
    assert_eq!(play.decision(&scan("GET", r#"{"key":"AKIAIOSFODNN7EXAMPLE"}"#)), "DENY");
    let sanitized = play.send("POST", "/v1/scan", &scan("GET", r#"{"n":1.10, "to":"jo@example.org"}"#));
    assert_eq!(text(&sanitized.2, "decision"), "SANITIZE");
    assert_eq!(sanitized.2.get("classifications").map(ToString::to_string).as_deref(), Some(r#"["PII"]"#));
    assert_eq!(
        sanitized.2.get("sanitized_body").map(ToString::to_string).as_deref(),
        Some(r#"{"n":1.10,"to":"[REDACTED:PII]"}"#)
    );
    assert_eq!(play.decision(&scan("POST", r#"{"text":"hello"}"#)), "REQUIRE_APPROVAL");
    assert_eq!(play.decision(&scan("GET", "null")), "ALLOW");
}

#[test]
fn every_scenario_named_after_a_decision_gives_it() {
    for (name, decision) in
        [("allow", "ALLOW"), ("deny", "DENY"), ("sanitize", "SANITIZE"), ("require-approval", "REQUIRE_APPROVAL")]
    {
        assert_eq!(Play::new(guard_fixtures::scenario(name).unwrap()).decision(WRITE), decision);
    }
}
