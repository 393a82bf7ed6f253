//! The admin API over its own socket: what it does, whom it refuses, and that it is what its
//! description says.

mod admin_desk;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use admin_desk::{Desk, TOKEN};
use mock_gateway::{Clock, Filter, MockGateway, Scenario, admin};
use serde_json::{Value, json};

const SCAN: &str = r#"{"method":"POST","url":"https://a.example/x","tool_name":"slack","body":{"n":1.10}}"#;

async fn gateway(rules: &str) -> MockGateway {
    let scenario = Scenario::parse("test.yaml", rules).unwrap_or_else(|error| panic!("{error}"));
    let settings = admin::Settings { token: Some(TOKEN.parse().expect("a good token")), ..admin::Settings::default() };
    MockGateway::builder().scenario(scenario).clock(Clock::frozen()).admin(settings).start().await.expect("free ports")
}

const ASKING: &str = "rules: [{ then: { decision: REQUIRE_APPROVAL } }]";

#[tokio::test]
async fn an_operator_approves_moves_time_and_revokes() {
    let gateway = gateway(ASKING).await;
    let desk = Desk::of(&gateway);
    let id = desk.scan(&gateway, SCAN).await["approval_id"].as_str().unwrap().to_owned();
    let pending = desk.get("/approvals?status=pending").await;
    assert_eq!(pending["approvals"][0]["approval_id"], id.as_str());
    assert_eq!(pending["approvals"][0]["remaining_seconds"], 600);
    assert_eq!(desk.get(&format!("/approvals/{id}")).await["body"], r#"{"n":1.10}"#);

    let approved = desk.send("POST", &format!("/approvals/{id}/approve"), r#"{"note":"asked Kim"}"#).await;
    assert_eq!((approved.status, &approved.json()["note"]), (200, &json!("asked Kim")));
    assert_eq!(desk.scan(&gateway, SCAN).await["reason_codes"], json!(["RECENT_APPROVAL_GRANT"]));
    desk.send("POST", "/clock/advance", r#"{"by":"9m 59s"}"#).await;
    let grants = desk.get("/grants").await;
    assert_eq!(
        (&grants["grants"][0]["note"], &grants["grants"][0]["remaining_seconds"]),
        (&json!("asked Kim"), &json!(1))
    );
    assert_eq!(desk.send("DELETE", &format!("/grants/{id}"), "").await.status, 200);
    assert_eq!(desk.get("/grants").await, json!({ "grants": [] }));
    assert_eq!(desk.send("DELETE", &format!("/grants/{id}"), "").await.status, 404);

    let next = desk.scan(&gateway, SCAN).await["approval_id"].as_str().unwrap().to_owned();
    assert_ne!(next, id);
    assert_eq!(desk.send("POST", &format!("/approvals/{next}/deny"), "").await.json()["status"], "denied");
    assert_eq!(desk.scan(&gateway, SCAN).await["decision"], "DENY");
    assert_eq!(desk.send("POST", &format!("/approvals/{next}/approve"), "").await.status, 409);
}

#[tokio::test]
async fn a_scenario_is_replaced_or_its_fault_is_shown_and_the_old_one_stays() {
    let gateway = gateway("seed: 3\nrules: [{ then: [{ decision: DENY }, { status: 503 }] }]").await;
    let desk = Desk::of(&gateway);
    let before = desk.get("/scenario").await;
    assert_eq!(before["rules"], json!(["anything: DENY; then status 503"]));
    for (change, line, column, error) in [
        (json!({ "yaml": "rules:\n  - then: { decison: DENY }" }), json!(2), json!(13), "unknown field `decison`"),
        (json!({ "yaml": "seed: 1" }), json!(null), json!(null), "a scenario needs `rules`"),
        (json!({ "bundled": "none" }), json!(null), json!(null), "there is no scenario `none`"),
    ] {
        let refused = desk.send("PUT", "/scenario", &change.to_string()).await;
        let problem = refused.json();
        assert_eq!((refused.status, &problem["line"], &problem["column"]), (422, &line, &column), "{problem}");
        assert!(problem["error"].as_str().unwrap().contains(error) && problem["remedy"] != "", "{problem}");
        assert_eq!(desk.get("/scenario").await, before);
    }
    for change in
        ["{}", "[]", "{", r#"{"yaml":"rules: []","bundled":"deny"}"#, r#"{"file":"x"}"#, r#"{"yaml":1}"#, "\u{1}"]
    {
        assert_eq!(desk.send("PUT", "/scenario", change).await.status, 400, "{change}");
    }
    assert_eq!(desk.scan(&gateway, SCAN).await["decision"], "DENY", "no turn was taken");
    let changed = desk.send("PUT", "/scenario", r#"{"bundled":"allow"}"#).await.json();
    assert_eq!(changed["rules"], json!(["anything: ALLOW"]));
    assert_eq!(desk.scan(&gateway, SCAN).await["decision"], "ALLOW");

    let session = desk.get("/session").await;
    assert!(session["yaml"].as_str().unwrap().contains(r#""tool_name":"slack""#), "{session}");
    assert_eq!(desk.send("PUT", "/scenario", &session.to_string()).await.status, 200);
    assert_eq!(desk.send("POST", "/reset", "").await.json()["requests"], 2, "numbers go on");
    assert_eq!(desk.get("/journal").await["requests"], json!([]));
    let again = [desk.scan(&gateway, SCAN).await, desk.scan(&gateway, SCAN).await];
    assert_eq!(again.map(|answer| answer["decision"].clone()), ["DENY", "ALLOW"], "what happened happens again");
}

#[tokio::test]
async fn the_journal_is_read_in_pages_and_one_request_in_full() {
    let gateway =
        gateway("rules: [{ when: { tool_name: slack }, then: [{ decision: DENY }, { decision: ALLOW }] }]").await;
    let desk = Desk::of(&gateway);
    let other = SCAN.replace("slack", "mail");
    for body in [SCAN, SCAN, &other, "\u{7f}{", SCAN] {
        desk.scan(&gateway, body).await;
    }
    let numbers = |page: &Value| -> Vec<u64> {
        page["requests"].as_array().unwrap().iter().map(|request| request["number"].as_u64().unwrap()).collect()
    };
    for (query, due, more) in [
        ("", vec![1, 2, 3, 4, 5], false),
        ("?limit=2", vec![4, 5], true),
        ("?after=0&limit=2", vec![1, 2], true),
        ("?after=3", vec![4, 5], false),
        ("?tool_name=slack&decision=ALLOW", vec![2, 5], false),
        ("?path=/v1/scan&decision=400", vec![4], false),
        ("?missed=true", vec![3], false),
        ("?until=2026-01-01T00:00:00Z", vec![], false),
        ("?since=2026-01-01T01%3A00%3A00%2B01:00&limit=1", vec![5], true),
    ] {
        let page = desk.get(&format!("/journal{query}")).await;
        assert_eq!((numbers(&page), &page["more"], &page["last"]), (due, &json!(more), &json!(5)), "{query}");
    }
    let missed = desk.get("/journal/3").await;
    let nearest = json!({ "rule": 1, "field": "tool_name", "wanted": "slack", "got": "mail" });
    assert_eq!(missed["request"]["decision"]["nearest"], nearest);
    assert_eq!((&missed["body"]["text"], &missed["request"]["status"]), (&json!(other), &json!(200)));
    assert!(missed["answer"]["text"].as_str().unwrap().contains("NO_RULE_MET"), "{missed}");
    let trace = missed["request"]["decision"]["trace_id"].as_str().unwrap();
    assert_eq!(numbers(&desk.get(&format!("/journal?trace_id={trace}")).await), [3]);
    for number in ["0", "6", "x", "-1"] {
        assert_eq!(desk.send("GET", &format!("/journal/{number}"), "").await.status, 404, "{number}");
    }
    let all = desk.get("/journal/1").await.to_string();
    assert!(all.contains("[redacted]") && !all.contains("iv_test_1"), "{all}");
}

#[tokio::test]
async fn the_journal_is_followed_as_it_grows_and_a_reset_is_told() {
    let gateway = gateway("rules: [{ then: { decision: ALLOW } }]").await;
    let desk = Desk::of(&gateway);
    desk.scan(&gateway, SCAN).await;
    let mut all = desk.follow("").await;
    let mut new = desk.follow("?after=1").await;
    let events = |lines: &[Value]| -> Vec<(String, u64)> {
        lines
            .iter()
            .map(|line| (line["event"].as_str().unwrap().to_owned(), line["request"].as_u64().unwrap_or(0)))
            .collect()
    };
    let of = |number| {
        [("arrived", number), ("decided", number), ("answered", number)].map(|(name, number)| (name.to_owned(), number))
    };
    assert_eq!(events(&all.lines(3).await), of(1));
    desk.scan(&gateway, SCAN).await;
    assert_eq!(events(&all.lines(3).await), of(2));
    let lines = new.lines(3).await;
    assert_eq!(events(&lines), of(2));
    assert!(lines[0]["body"] == SCAN && !format!("{lines:?}").contains("iv_test_1"), "{lines:?}");
    let document = Value::Object(admin::openapi());
    for line in lines.iter().chain(&[json!({ "event": "lost", "events": 3 })]) {
        conforms(&document, "/components/schemas/Event", line);
    }
    drop(new);

    // Nobody reads meanwhile, and the journal has room for few of these.
    gateway.journal().clear();
    assert_eq!(desk.get("/journal").await["requests"], json!([]));
    desk.scan(&gateway, SCAN).await;
    assert_eq!(events(&all.lines(3).await), of(3));
    drop(gateway);
    assert!(all.is_over().await, "a stream ends with its gateway");
}

/// Everything that can be changed.
const CHANGES: [(&str, &str, &str); 7] = [
    ("POST", "/reset", ""),
    ("PUT", "/scenario", r#"{"bundled":"allow"}"#),
    ("PUT", "/clock", r#"{"frozen":false}"#),
    ("POST", "/clock/advance", r#"{"by":"1h"}"#),
    ("POST", "/approvals/PENDING/approve", r#"{"note":"x"}"#),
    ("POST", "/approvals/PENDING/deny", "{}"),
    ("DELETE", "/grants/GRANTED", ""),
];

#[tokio::test]
async fn whoever_is_refused_changes_nothing() {
    let gateway = gateway(ASKING).await;
    let desk = Desk::of(&gateway);
    let granted = desk.scan(&gateway, SCAN).await["approval_id"].as_str().unwrap().to_owned();
    gateway.approvals().approve(&granted).unwrap();
    let other = SCAN.replace("1.10", "2");
    let pending = desk.scan(&gateway, &other).await["approval_id"].as_str().unwrap().to_owned();
    let own = format!("Host: {}\r\n", gateway.admin().unwrap().address());
    let right = format!("Authorization: Bearer {TOKEN}\r\n");
    let json = "Content-Type: application/json\r\n";
    let refusals = [
        (401, format!("{own}{json}")),
        (401, format!("{own}{json}Authorization: Bearer {TOKEN}x\r\n")),
        (401, format!("{own}{json}Authorization: Bearer iv_test_1\r\n")),
        (401, format!("{own}{json}Cookie: token={TOKEN}\r\n")),
        (421, format!("Host: rebound.example\r\n{json}{right}")),
        (421, format!("{json}{right}")),
        (403, format!("{own}{json}{right}Origin: http://evil.example\r\n")),
        (403, format!("{own}{json}{right}Origin: {}\r\n", gateway.url())),
        (403, format!("{own}{json}{right}Origin: null\r\n")),
    ];
    let unjson = [
        (415, format!("{own}{right}")),
        (415, format!("{own}{right}Content-Type: text/plain\r\n")),
        (415, format!("{own}{right}Content-Type: application/x-www-form-urlencoded\r\n")),
    ];
    let state = async || {
        let mut parts = Vec::new();
        for path in ["/state", "/scenario", "/clock", "/approvals", "/grants", "/journal"] {
            parts.push(desk.get(path).await);
        }
        parts
    };
    let before = state().await;
    let ready = |path: &str| path.replace("PENDING", &pending).replace("GRANTED", &granted);
    for (method, path, body) in CHANGES {
        let with_body = unjson.iter().filter(|_| !body.is_empty());
        for (status, headers) in refusals.iter().chain(with_body) {
            let answer = desk.raw(method, &ready(path), headers, body).await;
            let problem = answer.json();
            assert_eq!(answer.status, *status, "{method} {path} with {headers}: {problem}");
            assert!(problem["error"] != "" && problem["remedy"] != "", "{problem}");
            assert!(!answer.body.contains(TOKEN), "{problem}");
            assert_eq!(answer.header("www-authenticate"), (*status == 401).then_some("Bearer"));
            assert_eq!(state().await, before, "{method} {path} with {headers}");
        }
    }
    // The same requests do change it, when they are let in.
    for (method, path, body) in CHANGES.iter().rev() {
        let before = state().await;
        let answer = desk.send(method, &ready(path), body).await;
        assert!(state().await != before || path.ends_with("/approve"), "{method} {path}: {answer:?}");
    }
    assert!(!format!("{gateway:?}").contains(TOKEN) && !gateway.journal().ndjson().contains(TOKEN));
    let arrived = gateway.journal().query(&Filter::all());
    assert!(arrived.iter().all(|entry| !entry.path.contains("admin")), "its requests are none of the gateway's");
}

#[tokio::test]
async fn an_answer_is_nothing_for_a_browser_and_the_gateway_has_no_admin_paths() {
    let gateway = gateway(ASKING).await;
    let desk = Desk::of(&gateway);
    let own = format!("Host: {0}\r\nOrigin: http://{0}\r\n", gateway.admin().unwrap().address());
    let right = format!("{own}Authorization: Bearer {TOKEN}\r\n");
    for (method, path, headers, status) in [
        ("GET", "/state", &right, 200),
        ("GET", "/state", &own, 401),
        ("GET", "/nothing", &right, 404),
        ("OPTIONS", "/reset", &right, 405),
        ("OPTIONS", "/reset", &own, 401),
    ] {
        let answer = desk.raw(method, path, headers, "").await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("allow"), (status == 405).then_some("POST"));
        assert!(answer.headers.iter().all(|(name, _)| !name.starts_with("access-control-")), "{answer:?}");
    }
    assert_eq!(desk.raw("HEAD", "/state", &right, "").await.status, 405);
    let console = format!("{}/console/approvals/", gateway.admin().unwrap().url());
    assert!(desk.scan(&gateway, SCAN).await["approval_url"].as_str().unwrap().starts_with(&console));
    let there = Desk { address: gateway.address() };
    assert_eq!(there.send("GET", "/state", "").await.status, 404, "not on the port of the gateway");
    assert!(MockGateway::builder().start().await.unwrap().admin().is_none(), "off unless asked for");
}

#[tokio::test]
async fn a_body_has_a_bound_and_one_that_breaks_off_does_nothing() {
    let gateway = gateway(ASKING).await;
    let desk = Desk::of(&gateway);
    let rule = |size: usize| json!({ "yaml": format!("rules: []\n#{}", "x".repeat(size)) }).to_string();
    assert_eq!(desk.send("PUT", "/scenario", &rule(1_000_000)).await.status, 200);
    let scenario = desk.get("/scenario").await;
    let large = desk.send("PUT", "/scenario", &rule(1_100_000).replace("[]", "[{ then: { decision: DENY } }]")).await;
    assert_eq!((large.status, large.json()["error"].as_str()), (413, Some("the body has more than 1048576 bytes")));
    desk.break_off("PUT", "/scenario", r#"{"bundled":"deny"}"#).await;
    assert_eq!(desk.get("/scenario").await, scenario);
    let note = json!({ "note": "x".repeat(2_001) }).to_string();
    let id = gateway.approvals();
    assert!(id.all().is_empty());
    assert_eq!(desk.send("POST", "/approvals/none/deny", &note).await.status, 400);
    assert_eq!(desk.send("GET", "/state", "{}").await.status, 400, "no body where none is read");
}

#[tokio::test]
async fn a_clock_is_stopped_and_let_run() {
    let gateway = gateway(ASKING).await;
    let desk = Desk::of(&gateway);
    assert_eq!(desk.get("/clock").await, json!({ "now": "2026-01-01T00:00:00Z", "frozen": true }));
    assert_eq!(desk.send("PUT", "/clock", r#"{"frozen":false}"#).await.json()["frozen"], false);
    assert!(!gateway.clock().is_frozen());
    assert_eq!(desk.send("PUT", "/clock", r#"{"frozen":true}"#).await.json()["frozen"], true);
    let before = gateway.clock().now().virtual_time;
    desk.send("POST", "/clock/advance", r#"{"by":"1h 30m"}"#).await;
    assert_eq!(gateway.clock().now().virtual_time.since(before), Duration::from_secs(5_400));
    for body in ["", "{}", r#"{"by":10}"#, r#"{"by":"10"}"#, r#"{"by":"1s","to":"2s"}"#, r#"{"by":"1s","by":"2s"}"#] {
        let answer = desk.send("POST", "/clock/advance", body).await;
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
    }
    assert_eq!(gateway.clock().now().virtual_time.since(before), Duration::from_secs(5_400));
}

#[test]
fn the_published_description_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/schemas/admin-openapi.json");
    let due = serde_json::to_string_pretty(&admin::openapi()).unwrap() + "\n";
    if std::env::var_os("UPDATE_PUBLISHED").is_some() {
        std::fs::write(&path, &due).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(published == due, "run this test again with UPDATE_PUBLISHED=1");
}

/// Whether a value is what the description says at this place.
fn conforms(document: &Value, place: &str, value: &Value) {
    let mut schema = document.clone();
    schema["$ref"] = format!("#{place}").into();
    let validator = jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{place}: {error}"));
    let faults: Vec<_> =
        validator.iter_errors(value).map(|fault| format!("{} at {}", fault, fault.instance_path())).collect();
    assert!(faults.is_empty(), "{place}: {faults:#?}\n{value:#}");
}

#[tokio::test]
async fn every_operation_answers_as_it_is_described_in_success_and_in_each_failure() {
    let gateway = gateway(ASKING).await;
    let desk = Desk::of(&gateway);
    let document = desk.get("/openapi.json").await;
    assert_eq!(document, Value::Object(admin::openapi()));
    let id = async |body: &str| desk.scan(&gateway, body).await["approval_id"].as_str().unwrap().to_owned();
    let (approved, denied) = (id(SCAN).await, id(&SCAN.replace("1.10", "2")).await);

    // (method, path as described, path as asked, body, status): in an order that makes sense.
    let [approval, approve, deny, grant, request] = [
        "/approvals/{approval_id}",
        "/approvals/{approval_id}/approve",
        "/approvals/{approval_id}/deny",
        "/grants/{approval_id}",
        "/journal/{number}",
    ];
    let named = |template: &str, name: &str| template.replace("{approval_id}", name).replace("{number}", name);
    let play: Vec<(&str, &str, String, &str, u16)> = vec![
        ("GET", approval, named(approval, &approved), "", 200),
        ("GET", approval, named(approval, "none"), "", 404),
        ("POST", approve, named(approve, &approved), r#"{"note":"fine"}"#, 200),
        ("POST", approve, named(approve, &approved), "", 409),
        ("POST", approve, named(approve, "none"), "", 404),
        ("POST", deny, named(deny, &denied), "", 200),
        ("POST", deny, named(deny, &denied), "", 409),
        ("POST", deny, named(deny, "none"), "", 404),
        ("GET", "/approvals", "/approvals?status=approved".to_owned(), "", 200),
        ("GET", "/grants", "/grants".to_owned(), "", 200),
        ("GET", "/state", "/state".to_owned(), "", 200),
        ("DELETE", grant, named(grant, &approved), "", 200),
        ("DELETE", grant, named(grant, &approved), "", 404),
        ("GET", "/clock", "/clock".to_owned(), "", 200),
        ("PUT", "/clock", "/clock".to_owned(), r#"{"frozen":true}"#, 200),
        ("POST", "/clock/advance", "/clock/advance".to_owned(), r#"{"by":"10m"}"#, 200),
        ("GET", "/journal", "/journal?limit=5".to_owned(), "", 200),
        ("GET", request, named(request, "1"), "", 200),
        ("GET", request, named(request, "9"), "", 404),
        ("GET", "/session", "/session".to_owned(), "", 200),
        ("GET", "/scenario", "/scenario".to_owned(), "", 200),
        ("PUT", "/scenario", "/scenario".to_owned(), r#"{"bundled":"deny"}"#, 200),
        ("PUT", "/scenario", "/scenario".to_owned(), r#"{"yaml":"rules: 1"}"#, 422),
        ("GET", "/fidelity", "/fidelity".to_owned(), "", 200),
        ("GET", "/openapi.json", "/openapi.json".to_owned(), "", 200),
        ("POST", "/console", "/console".to_owned(), "", 200),
        ("POST", "/reset", "/reset".to_owned(), "", 200),
    ];
    let mut visited = BTreeSet::from([("followJournal".to_owned(), 200)]);
    let mut visit = |method: &str, template: &str, status: u16, answer: &Value| {
        let operation = &document["paths"][format!("/admin/v1{template}")][method.to_lowercase()];
        let described = &operation["responses"][status.to_string()];
        let place = match described["$ref"].as_str() {
            Some(reference) => reference.trim_start_matches('#').to_owned(),
            None => {
                let path = template.replace('/', "~1").replace('{', "%7B").replace('}', "%7D");
                format!("/paths/~1admin~1v1{path}/{}/responses/{status}", method.to_lowercase())
            }
        };
        conforms(&document, &format!("{place}/content/application~1json/schema"), answer);
        visited.insert((operation["operationId"].as_str().expect(template).to_owned(), status));
    };
    for (method, template, path, body, status) in &play {
        let answer = desk.send(method, path, body).await;
        assert_eq!(answer.status, *status, "{method} {path}: {answer:?}");
        visit(method, template, *status, &answer.json());
        if !body.is_empty() {
            let template = template.replace('/', "~1").replace('{', "%7B").replace('}', "%7D");
            let place = format!(
                "/paths/~1admin~1v1{template}/{}/requestBody/content/application~1json/schema",
                method.to_lowercase()
            );
            conforms(&document, &place, &serde_json::from_str(body).unwrap());
        }
    }

    let own = format!("Host: {}\r\n", desk.address);
    let right = format!("Authorization: Bearer {TOKEN}\r\n");
    let large = format!("\"{}\"", "x".repeat(1_100_000));
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let (path, method) = (path.strip_prefix("/admin/v1").unwrap(), method.to_uppercase());
            for status in operation["responses"].as_object().unwrap().keys() {
                described
                    .insert((operation["operationId"].as_str().unwrap().to_owned(), status.parse::<u16>().unwrap()));
            }
            let (bare, json) = (format!("{own}{right}"), "Content-Type: application/json\r\n");
            let refusals = [
                (401, own.clone(), "", ""),
                (403, format!("{bare}Origin: http://evil.example\r\n"), "", ""),
                (421, right.clone(), "", ""),
                (400, bare.clone(), "?no-such=1", ""),
                (415, format!("{bare}Content-Type: text/plain\r\n"), "", "{}"),
                (413, format!("{bare}{json}"), "", &large),
            ];
            if let Some(required) = operation["requestBody"]["required"].as_bool() {
                let empty = desk.raw(&method, path, &bare, "").await;
                assert_eq!(empty.status == 400, required, "{path}: {empty:?}");
            } else {
                let with_body = desk.raw(&method, path, &format!("{bare}{json}"), "{}").await;
                assert_eq!(with_body.status, 400, "{path}: {with_body:?}");
            }
            for (status, headers, query, body) in refusals {
                let answer = desk.raw(&method, &format!("{path}{query}"), &headers, body).await;
                assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
                visit(&method, path, status, &answer.json());
            }
        }
    }
    assert_eq!(visited, described, "what is described is what was seen");
}
