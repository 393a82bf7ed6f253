//! Limits, short-lived keys, and what another scenario leaves standing.

use super::*;

#[test]
fn limits_refuse_before_any_rule_and_usage_tells() {
    let mut play = Play::new(
        "
limits: { scans_per_minute: 1, burst: 2, quota: 3, quota_period: 1h }
rules: [{ then: [{ decision: A }, { decision: B }, { decision: C }, { decision: D }] }]
",
    );
    let retry = |decided: &Decided| match &decided.say {
        Say::Error(error) => error.retry_after,
        _ => None,
    };
    assert_eq!([play.decision(WRITE), play.decision(WRITE)], ["A", "B"]);
    let (decided, status, answer) = play.send("POST", "/v1/scan", WRITE);
    assert_eq!((status, text(&answer, "error").as_str()), (429, "RATE_LIMITED"));
    assert!(matches!(retry(&decided), Some(59 | 60)), "{decided:?}");
    play.minutes(1);
    assert_eq!(play.decision(WRITE), "C", "a refused scan takes no turn");
    play.minutes(1);
    let (decided, status, answer) = play.send("POST", "/v1/scan", WRITE);
    assert_eq!((status, text(&answer, "error").as_str(), retry(&decided)), (429, "QUOTA_EXCEEDED", None));
    let usage = play.send("GET", "/v1/usage", "").2.to_string();
    assert_eq!(
        usage,
        r#"{"scans":3,"refused":2,"quota":3,"remaining":0,"scans_per_minute":1,"period_start":"2026-01-01T00:00:00Z","period_end":"2026-01-01T01:00:00Z"}"#
    );
    play.minutes(58);
    assert_eq!(play.decision(WRITE), "D");
    let unlimited = Play::new("rules: []").send("GET", "/v1/usage", "").2;
    assert_eq!(unlimited.get("quota"), Some(&Json::Null));
}

#[test]
fn a_short_lived_key_serves_its_time_its_uses_and_its_scope() {
    let mut play =
        Play::new("rules: [{ when: { tool_name: f }, then: { status: 503 } }, { then: { decision: ALLOW } }]");
    let wish = r#"{"ttl_seconds":60,"max_uses":2,"scope":{"tools":["t","f"],"verbs":["POST"]}}"#;
    let (_, status, answer) = play.send("POST", "/v1/keys/ephemeral", wish);
    assert_eq!((status, text(&answer, "expires_at").as_str()), (201, "2026-01-01T00:01:00Z"));
    let key: Key = text(&answer, "key").parse().unwrap();
    assert!(key.reveal().starts_with("iv_eph_") && !format!("{answer:?}").is_empty());
    let with = |play: &mut Play, path: &str, body: &str| {
        let body = Bytes::copy_from_slice(body.as_bytes());
        let length = body.len() as u64;
        let request = Request::read("POST", path, Some(key.clone()), &body, length).unwrap();
        let now = play.clock.now();
        let decided = play.engine.decide(&request, now);
        (decided.choice.to_string(), play.engine.serves(&key, now))
    };
    assert_eq!(with(&mut play, "/v1/keys/ephemeral", wish).0, "403", "no chain of keys");
    assert_eq!(
        with(&mut play, "/v1/scan", &WRITE.replace(r#""t""#, r#""f""#)),
        ("503".to_owned(), Some(true)),
        "a fault is no use"
    );
    assert_eq!(with(&mut play, "/v1/scan", &WRITE.replace("POST", "PUT")), ("DENY".to_owned(), Some(true)));
    assert_eq!(with(&mut play, "/v1/scan", WRITE), ("ALLOW".to_owned(), Some(false)));
    assert_eq!(with(&mut play, "/v1/scan", WRITE), ("401".to_owned(), Some(false)));

    let (decided, _, answer) = play.send("POST", "/v1/keys/ephemeral", r#"{"ttl_seconds":60}"#);
    assert!(matches!(decided.say, Say::NewKey { .. }));
    let forever: Key = text(&answer, "key").parse().unwrap();
    assert_eq!(play.engine.serves(&forever, play.clock.now()), Some(true));
    play.minutes(1);
    assert_eq!(play.engine.serves(&forever, play.clock.now()), Some(false));
    assert_eq!(play.engine.serves(&a_key(), play.clock.now()), None);
}

#[test]
fn an_out_of_scope_scan_says_so() {
    let mut play = Play::new("rules: [{ then: { decision: ALLOW } }]");
    let answer = play.send("POST", "/v1/keys/ephemeral", r#"{"ttl_seconds":60,"scope":{"tools":["u"]}}"#).2;
    let body = Bytes::from_static(WRITE.as_bytes());
    let request = Request::read("POST", "/v1/scan", text(&answer, "key").parse().ok(), &body, 1).unwrap();
    let decided = play.engine.decide(&request, play.clock.now());
    let said = String::from_utf8(decided.say.answer().unwrap().body.to_vec()).unwrap();
    assert!(said.contains(r#""decision":"DENY""#) && said.contains(r#"["EPHEMERAL_SCOPE_VIOLATION"]"#), "{said}");
}

#[test]
fn another_scenario_keeps_what_was_and_changes_what_is() {
    let mut play = Play::new("rules: [{ then: { decision: REQUIRE_APPROVAL } }]");
    let id = text(&play.scan(WRITE), "approval_id");
    play.decide(&id, Analyst::Approve);
    let other = "approvals: { pending: 1m }\nlimits: { quota: 2 }\nrules: [{ then: { decision: REQUIRE_APPROVAL } }]";
    play.engine.replace(&Scenario::parse("other.yaml", other).unwrap());
    assert_eq!(play.decision(WRITE), "ALLOW", "the grant stays");
    let (_, status, answer) = play.send("POST", "/v1/scan", &write_to("b.example"));
    assert_eq!((status, text(&answer, "error").as_str()), (429, "QUOTA_EXCEEDED"), "what was used stays used");
}

#[test]
fn a_window_decides_and_the_wire_breaks_all_the_same() {
    let mut play = Play::new(
        "rules: [{ then: [{ decision: REQUIRE_APPROVAL }, { decision: DENY, wire: truncated_json }, { decision: DENY, wire: reset }, { wire: close }, { decision: DENY }] }]",
    );
    let id = text(&play.scan(WRITE), "approval_id");
    play.decide(&id, Analyst::Approve);
    let mut given = Vec::new();
    for _ in 0..5 {
        let body = Bytes::from_static(WRITE.as_bytes());
        let request = Request::read("POST", "/v1/scan", Some(a_key()), &body, 1).expect("a good request");
        let decided = play.engine.decide(&request, play.clock.now());
        let whole = decided.say.answer().is_some_and(|answer| Json::parse(&answer.body).is_ok());
        given.push((decided.choice.to_string(), decided.fault().map(Fault::name), whole));
    }
    let due = [
        ("ALLOW", Some("truncated_json"), false),
        ("ALLOW", Some("reset"), true),
        ("close", Some("close"), false),
        ("ALLOW", None, true),
        ("ALLOW", None, true),
    ];
    assert_eq!(given, due.map(|(choice, fault, whole)| (choice.to_owned(), fault, whole)));
}
