//! The gateway inside somebody's test: asked what it saw, told what to do, its session played again.

use std::time::Duration;

use mock_gateway::api::Authorization;
use mock_gateway::approval::Verdict;
use mock_gateway::json::Json;
use mock_gateway::scenario::Reply;
use mock_gateway::{Clock, Event, Filter, MockGateway, Scenario};

use crate::support::Client;

async fn gateway(yaml: &str) -> MockGateway {
    let scenario = Scenario::parse("test.yaml", yaml).unwrap_or_else(|error| panic!("{error}"));
    MockGateway::builder().scenario(scenario).clock(Clock::frozen()).start().await.expect("a free port")
}

async fn client(gateway: &MockGateway) -> Client {
    Client::connect(gateway.address()).await.expect("an open port")
}

fn scan(tool: &str, body: &str) -> String {
    format!(r#"{{"tool_name":"{tool}","method":"POST","url":"https://a.example/{tool}","body":{body}}}"#)
}

#[tokio::test]
async fn the_journal_answers_by_path_tool_decision_trace_and_time() {
    let gateway =
        gateway("rules: [{ when: { tool_name: [a, b] }, then: [{ decision: DENY }, { decision: ALLOW }] }]").await;
    let mut client = client(&gateway).await;
    _ = client.post("/v1/scan", &scan("a", "1")).await;
    let later = gateway.clock().now().virtual_time.after(Duration::from_secs(60));
    gateway.clock().advance(Duration::from_secs(60));
    let trace = client.post("/v1/scan?x=1", &scan("b", "1")).await.text("trace_id");
    let response = format!(r#"{{"trace_id":"{trace}","response_body":{{}}}}"#);
    _ = client.post("/v1/scan/response", &response).await;
    _ = client.post("/v1/scan", &scan("c", "1")).await;
    _ = client.post("/v1/scan", "{").await;

    let journal = gateway.journal();
    for (filter, numbers) in [
        (Filter::all(), vec![1, 2, 3, 4, 5]),
        (Filter::scans(), vec![1, 2, 4, 5]),
        (Filter::all().path("/v1/scan/response"), vec![3]),
        (Filter::all().tool_name("b"), vec![2]),
        (Filter::all().decision("DENY"), vec![1, 4]),
        (Filter::all().decision("400"), vec![5]),
        (Filter::all().trace(&trace), vec![2, 3]),
        (Filter::all().since(later), vec![2, 3, 4, 5]),
        (Filter::all().until(later), vec![1]),
        (Filter::all().missed(), vec![4]),
        (Filter::scans().tool_name("a").decision("ALLOW"), vec![]),
    ] {
        let found: Vec<_> = journal.query(&filter).iter().map(|entry| entry.number).collect();
        assert_eq!((journal.count(&filter), &found), (numbers.len(), &numbers), "{filter}");
    }
    let missed = &journal.query(&Filter::all().missed())[0];
    let line = "POST /v1/scan of tool c: DENY (built in), nearest is rule 1; tool_name: wanted a or b, got c";
    assert_eq!(missed.to_string(), line);
    let lines = journal.ndjson();
    assert_eq!(lines.lines().count(), 15);
    assert!(lines.lines().all(|line| Json::parse(line.as_bytes()).is_ok()), "{lines}");
    assert!(lines.contains(r#""nearest":"nearest is rule 1; tool_name: wanted a or b, got c""#), "{lines}");
}

#[tokio::test]
async fn verification_gives_the_requests_or_says_what_came_instead() {
    let gateway = gateway("rules: [{ then: { decision: ALLOW } }]").await;
    let mut client = client(&gateway).await;
    _ = client.post("/v1/scan", &scan("a", "1")).await;
    _ = client.post("/v1/scan", &scan("b", "2")).await;
    let seen = gateway.verify(&Filter::scans().tool_name("b"), 1..=1).expect("one scan of b");
    assert_eq!(Json::parse(&seen[0].body).unwrap().get("body"), Some(&Json::Number("2".to_owned())));
    assert!(
        gateway.verify(&Filter::all(), 2..).is_ok() && gateway.verify(&Filter::all().decision("DENY"), ..1).is_ok()
    );
    let unmet = gateway.verify(&Filter::scans().tool_name("c"), 1..=2).expect_err("no scan of c");
    insta::assert_snapshot!(unmet, @r"
    expected 1 to 2 requests to /v1/scan of tool c, saw 0
      POST /v1/scan of tool a: ALLOW (rule 1, reply 1)
      POST /v1/scan of tool b: ALLOW (rule 1, reply 1)
    ");
}

#[tokio::test]
async fn a_journal_has_a_bound_and_says_what_it_lacks() {
    let gateway = MockGateway::builder().journal_limit(64 * 1024).start().await.unwrap();
    let mut client = client(&gateway).await;
    let body = format!("\"{}\"", "x".repeat(10_000));
    for _ in 0..20 {
        _ = client.post("/v1/scan", &scan("a", &body)).await;
    }
    let forgotten = gateway.journal().forgotten();
    assert!(forgotten > 30 && gateway.journal().entries().len() as u64 + forgotten == 60, "{forgotten}");
    let unmet = gateway.verify(&Filter::all(), 20..).expect_err("most are forgotten").to_string();
    assert!(unmet.contains(&format!("; the journal had forgotten {forgotten} events")), "{unmet}");
}

#[tokio::test]
async fn a_short_lived_key_works_on_the_wire_and_is_in_no_record() {
    let rules = Scenario::parse("test.yaml", "rules: [{ then: { decision: ALLOW } }]").unwrap();
    let gateway = MockGateway::builder().key("iv_test_1").scenario(rules).clock(Clock::frozen()).start().await.unwrap();
    let mut client = client(&gateway).await;
    let wish = r#"{"ttl_seconds":60,"max_uses":1}"#;
    let key = client.post("/v1/keys/ephemeral", wish).await.text("key");
    let header = format!("Authorization: Bearer {key}\r\n");
    let mut statuses = Vec::new();
    for _ in 0..2 {
        statuses.push(client.send("POST", "/v1/scan", &header, &scan("a", "1")).await.status);
    }
    assert_eq!(statuses, [200, 401]);
    assert_eq!(client.send("POST", "/v1/keys/ephemeral", "", wish).await.status, 401);
    for (wish, reason) in [
        ("{}", "`ttl_seconds` is missing"),
        (r#"{"ttl_seconds":0}"#, "`ttl_seconds` must be a whole number from 1 to 86400, not 0"),
        (r#"{"ttl_seconds":86401}"#, "from 1 to 86400"),
        (r#"{"ttl_seconds":60,"max_uses":1001}"#, "`max_uses` must be a whole number from 1 to 1000"),
        (r#"{"ttl_seconds":60,"scope":[]}"#, "`scope` must be an object, not array"),
        (r#"{"ttl_seconds":60,"scope":{"tools":"a"}}"#, "`scope.tools` must be an array of strings"),
    ] {
        let answer = client.post("/v1/keys/ephemeral", wish).await;
        assert!(answer.status == 400 && answer.text("reason").contains(reason), "{answer:?}");
    }
    let entries = gateway.journal().entries();
    let records = format!("{entries:?}\n{}\n{gateway:?}", gateway.journal().ndjson());
    assert!(!records.contains(&key) && !records.contains("iv_eph_"), "{records}");
    assert!(records.contains("[redacted]"));
    let right = |event: &&Event| matches!(event, Event::Arrived { authorization: Authorization::Right, .. });
    assert_eq!(entries.iter().filter(right).count(), 8);
}

#[tokio::test]
async fn a_session_is_played_again_with_the_same_answers_and_no_secrets() {
    let first = gateway(
        r#"
seed: 5
approvals: { grant: 5m }
rules:
  - when: { tool_name: ask }
    then: { decision: REQUIRE_APPROVAL, reason_codes: [NEW_DESTINATION] }
  - when: { tool_name: flip }
    then: [{ decision: DENY }, { decision: DENY }, { status: 503, retry_after: 2s }, { decision: ALLOW, extra: { note: "to jo@example.org" } }]
  - when: { tool_name: clean }
    then: { decision: SANITIZE, sanitize: redact }
  - when: { path: "/v1/scan/response" }
    then: { json: "[1]" }
"#,
    )
    .await;
    let secret = r#"{"password":"hunter2","channel":"general"}"#;
    let steps = [
        ("/v1/scan", scan("flip", "{}")),
        ("/v1/scan", scan("flip", "{}")),
        ("/v1/scan", scan("flip", "{}")),
        ("/v1/scan", scan("flip", r#"{"n":1.10}"#)),
        ("/v1/scan", scan("clean", secret)),
        ("/v1/scan", scan("nobody", "[1,null]").replace("a.example/", "a.example/*?api_key=a1b2c3d4&")),
        ("/v1/scan/response", r#"{"trace_id":"t","response_body":{"a":1}}"#.to_owned()),
        ("/v1/scan", scan("ask", "1")),
    ];
    async fn play(gateway: &MockGateway, steps: &[(&str, String)], decide: bool) -> Vec<(u16, String)> {
        let mut client = client(gateway).await;
        let mut answers = Vec::new();
        for (path, body) in steps {
            let answer = client.post(path, body).await;
            answers.push((answer.status, answer.body.replace(gateway.url(), "URL")));
        }
        gateway.clock().advance(Duration::from_secs(7));
        if decide {
            gateway.approvals().approve(&gateway.approvals().pending()[0].id).unwrap();
        }
        let granted = client.post("/v1/scan", &scan("ask", "1")).await;
        answers.push((granted.status, granted.body));
        answers
    }
    let original = play(&first, &steps, true).await;
    assert!(original[8].1.contains("RECENT_APPROVAL_GRANT"), "{original:?}");

    let yaml = first.session().to_yaml();
    for secret in ["hunter2", "a1b2c3d4", "jo@example.org"] {
        assert!(!yaml.contains(secret), "{yaml}");
    }
    assert!(
        yaml.contains(r#""approval":{"after":"7s","become":"approved"}"#)
            && yaml.contains(r#"approvals: {"pending":"10m","grant":"5m""#),
        "{yaml}"
    );
    let second = gateway(&yaml).await;
    let again = play(&second, &steps, false).await;
    let due: Vec<_> =
        original.iter().map(|(status, body)| (*status, body.replace("jo@example.org", "[REDACTED:PII]"))).collect();
    assert_eq!(again, due, "{yaml}");
}

#[tokio::test]
async fn another_scenario_is_put_in_force_while_the_gateway_runs() {
    let gateway = gateway("rules: [{ then: { decision: DENY } }]").await;
    let mut client = client(&gateway).await;
    assert_eq!(client.post("/v1/scan", &scan("a", "1")).await.text("decision"), "DENY");
    gateway.replace(&Scenario::scripted(vec![Reply::decision("ALLOW")]));
    assert_eq!(client.post("/v1/scan", &scan("a", "1")).await.text("decision"), "ALLOW");
}

#[tokio::test]
async fn a_reset_gateway_is_as_it_was_started_with_the_scenario_in_force() {
    let gateway = gateway("seed: 7\nrules: [{ then: [{ decision: REQUIRE_APPROVAL }, { decision: DENY }] }]").await;
    let mut client = client(&gateway).await;
    let first = client.post("/v1/scan", &scan("a", "1")).await;
    gateway.approvals().decide(&first.text("approval_id"), Verdict::Approve, Some("seen")).unwrap();
    assert_eq!(gateway.approvals().all()[0].note.as_deref(), Some("seen"));
    assert_eq!(client.post("/v1/scan", &scan("a", "1")).await.text("decision"), "ALLOW");
    gateway.reset();
    assert!(gateway.approvals().all().is_empty() && gateway.journal().entries().is_empty());
    assert_eq!(client.post("/v1/scan", &scan("a", "1")).await.body, first.body, "the same turn, the same ids");
    assert_eq!(gateway.journal().query(&Filter::all())[0].number, 3, "numbers go on");
    assert_eq!(
        Scenario::parse("again", &gateway.scenario().to_yaml()).unwrap().to_yaml(),
        gateway.scenario().to_yaml()
    );
}
