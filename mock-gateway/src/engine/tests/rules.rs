//! What a rule can ask for, whose turn it is, how long an answer waits, and why no rule was met.

use super::*;

#[test]
fn a_rule_can_ask_for_body_headers_agent_and_key() {
    let scan = about(
        "t",
        "POST",
        "https://a.example/x",
        r#","agent_id":"7f0e","agent_name":"helper","headers":{"Content-Type":"text/plain; v=1","X-N":7},"body":{"to":{"channel":"general","n":1.10},"list":[1,{"a":1,"b":2}]}"#,
    );
    for (when, meets) in [
        ("body: { to: { channel: general } }", true),
        ("body: { to: { n: 1.1 } }", true),
        ("body: { list: [1, { b: 2 }] }", true),
        ("body: { list: [1] }", false),
        ("body: { to: general }", false),
        ("body: null", false),
        ("headers: { content-type: 'text/plain*' }", true),
        ("headers: { content-type: text/plain, x-n: '7' }", false),
        ("headers: { x-n: '7' }", true),
        ("headers: { accept: '*' }", false),
        ("agent: helper", true),
        ("agent: [other, 7f0e]", true),
        ("agent: other", false),
        ("key: iv_test_1", true),
        ("key: 'iv_live_*'", false),
        ("nth: 1", true),
        ("nth: [2, 3]", false),
        ("every: 2", false),
    ] {
        let mut play = Play::new(&format!("rules: [{{ when: {{ {when} }}, then: {{ decision: MET }} }}]"));
        assert_eq!(play.decision(&scan), if meets { "MET" } else { "DENY" }, "{when}");
    }
    let mut play = Play::new("rules: [{ when: { body: null }, then: { decision: MET } }]");
    assert_eq!(play.decision(r#"{"method":"GET","url":"https://a.example","body":null}"#), "MET");
    assert_eq!(play.decision(r#"{"method":"GET","url":"https://a.example"}"#), "DENY");
}

#[test]
fn requests_are_counted_by_the_rule_that_they_reach() {
    let mut play = Play::new(
        "
rules:
  - when: { contains: skip }
    then: { decision: SKIPPED }
  - when: { tool_name: t, nth: [2, 4] }
    then: { decision: NTH }
  - when: { every: 3 }
    then: { decision: THIRD }
  - then: { decision: ALLOW }
",
    );
    let skipped = WRITE.replace("1.10", r#""skip""#);
    let given: Vec<_> =
        [WRITE, &skipped, WRITE, WRITE, &skipped, WRITE, WRITE, WRITE].map(|scan| play.decision(scan)).into();
    // The others reach `every` as first, second and so on, whatever was taken before.
    assert_eq!(given, ["ALLOW", "SKIPPED", "NTH", "ALLOW", "SKIPPED", "NTH", "THIRD", "ALLOW"]);
}

#[test]
fn a_request_that_does_not_agree_is_not_counted() {
    let mut play = Play::new(
        "rules: [{ when: { tool_name: t, nth: 2 }, then: { decision: NTH } }, { then: { decision: ALLOW } }]",
    );
    let given = [&write_to("a.example"), WRITE, &write_to("b.example"), WRITE].map(|scan| play.decision(scan));
    assert_eq!(given, ["ALLOW", "ALLOW", "ALLOW", "NTH"]);
}

#[test]
fn a_scan_that_meets_no_rule_is_told_which_came_nearest_and_where_they_part() {
    let rules = r#"
rules:
  - when: { tool_name: other, method: GET, host: b.example }
    then: { decision: ALLOW }
  - when: { tool_name: t, method: POST, host: a.example, body: { to: { channel: general } } }
    then: { decision: ALLOW }
  - when: { path: "/v1/approvals/*" }
    then: { status: 500 }
"#;
    let miss = |scan: &str| {
        let decided = Play::new(rules).send("POST", "/v1/scan", scan).0;
        decided.miss.map(|miss| miss.to_string()).unwrap_or_default()
    };
    let scan = |body: &str| about("t", "POST", "https://a.example/x", &format!(r#","body":{body}"#));
    assert_eq!(
        miss(&scan(r#"{"to":{"channel":"random","x":1}}"#)),
        r#"nearest is rule 2; body: wanted {"channel":"general"} at `/to/channel`, got {"channel":"random"}"#
    );
    assert_eq!(
        miss(&scan("{}")),
        r#"nearest is rule 2; body: wanted {"to":{"channel":"general"}} at `/to`, got nothing"#
    );
    assert_eq!(
        miss(&about("t", "PUT", "https://c.example/x", r#","body":{"to":{"channel":"general"}}"#)),
        "nearest is rule 2; method: wanted POST, got PUT"
    );
    assert_eq!(
        miss(&about("other", "GET", "https://c.example/", "")),
        "nearest is rule 1; host: wanted b.example, got c.example"
    );
    let secret = Play::new("rules: [{ when: { body: { password: x } }, then: { decision: ALLOW } }]")
        .send("POST", "/v1/scan", &scan(r#"{"password":"hunter2"}"#))
        .0;
    let miss = secret.miss.expect("a miss").to_string();
    assert!(miss.ends_with(r#"got {"password":"[REDACTED:SECRETS]"}"#), "{miss}");
    let counted =
        Play::new("rules: [{ when: { nth: 2 }, then: { decision: ALLOW } }]").send("POST", "/v1/scan", WRITE).0;
    assert_eq!(counted.miss.expect("a miss").to_string(), "nearest is rule 1; nth: wanted number 2, got number 1");
    assert_eq!(Play::new("rules: []").send("POST", "/v1/scan", WRITE).0.miss, None);
    assert_eq!(Play::new("rules: [{ then: { decision: ALLOW } }]").send("POST", "/v1/scan", WRITE).0.miss, None);
}

#[test]
fn delays_are_drawn_from_the_seed() {
    let waits = |seed: u64| {
        let mut play = Play::new(&format!(
            "seed: {seed}\nrules: [{{ then: {{ decision: ALLOW, delay: {{ uniform: {{ min: 1s, max: 2s }} }} }} }}]"
        ));
        [(); 20].map(|()| play.send("POST", "/v1/scan", WRITE).0.delay)
    };
    assert_eq!(waits(1), waits(1));
    assert_ne!(waits(1), waits(2));
    let distinct: std::collections::BTreeSet<_> = waits(1).into();
    assert!(
        distinct.len() == 20 && distinct.iter().all(|wait| (1_000..=2_000).contains(&wait.as_millis())),
        "{distinct:?}"
    );
}
