//! What a person finds out about a request: the rule, the nearest miss, the body and what it became,
//! the wire, and which behaviour is only assumed.

use mock_gateway::Scenario;
use serde_json::json;

use crate::Test;
use crate::browser::Look;
use crate::page::{Page, http, on, post};

pub(crate) fn tests() -> Vec<Test> {
    vec![
        ("trace::a_sanitized_body_is_shown_beside_what_came", Look::Light, on("default", sanitized)),
        ("trace::the_rule_the_nearest_miss_and_the_broken_wire_are_told", Look::Light, on("allow", why)),
        ("trace::the_list_is_narrowed_by_decision_and_by_words", Look::Light, on("default", filters)),
        ("trace::another_scenario_comes_in_force_and_a_fault_is_told", Look::Light, on("allow", scenario)),
        ("trace::every_behaviour_is_listed_with_its_mark", Look::Light, on("allow", fidelity)),
    ]
}

async fn sanitized(page: Page) {
    let body = r#"{"to":"jo@example.com","amount":1.10,"note":"thanks, all"}"#;
    let scan = format!(r#"{{"tool_name":"mail","method":"POST","url":"https://mail.example/send","body":{body}}}"#);
    let answer = page.scan_text(scan).await;
    assert_eq!(answer["decision"], "SANITIZE");
    page.click(".rows .row").await;
    page.sees(".diff del", "jo@example.com").await;
    page.sees(".diff ins", "[REDACTED:PII]").await;
    let diff = page.text(".diff").await;
    assert!(diff.contains("\"amount\": 1.10") && diff.contains("thanks, all"), "digits as written: {diff}");
    let untouched = page.execute("return [...document.querySelectorAll('.diff del, .diff ins')].every((node) => !node.innerText.includes('amount'))").await;
    assert_eq!(untouched, true);
    page.sees(".detail table", "classifier").await;
    page.sees(".detail .facts", "PII").await;
    page.sees(".detail .facts", "rule 3, reply 1").await;
    page.sees(".detail .facts code", answer["trace_id"].as_str().unwrap()).await;
    page.sees(".detail pre", body).await;
    let key = page.execute("return document.body.innerText.includes('iv_test_1')").await;
    assert_eq!(key, false, "no key is shown");
}

async fn why(page: Page) {
    let rules = "rules:
  - when: { tool_name: slack, method: DELETE }
    then: { decision: DENY }
  - when: { tool_name: flaky }
    then: { decision: ALLOW, wire: { reset_after: 20 } }
";
    page.gateway.replace(&Scenario::parse("mine.yaml", rules).unwrap());
    page.scan(&post(&json!(1))).await;
    page.click(".rows .row").await;
    page.sees(".sum .trouble", "met no rule").await;
    page.sees(".detail .facts", "rule 1: method asks for DELETE, got POST").await;

    let client = http();
    let broken = json!({ "tool_name": "flaky", "method": "GET", "url": "https://a.example/" }).to_string();
    let request = client.post(format!("{}/v1/scan", page.gateway.url())).bearer_auth("k").body(broken);
    assert!(request.send().await.is_err(), "the wire is broken");
    page.sees(".rows li:first-child .troubles", "reset").await;
    page.click(".rows li:first-child .row").await;
    page.sees(".detail .facts", "broken after 20 bytes of HTTP").await;
    page.sees(".detail .facts", "tool flaky").await;
}

async fn filters(page: Page) {
    for (tool, method, body) in [("mail", "GET", ""), ("mail", "POST", "jo@example.com"), ("slack", "POST", "hello")] {
        page.scan(&json!({ "tool_name": tool, "method": method, "url": "https://a.example/", "body": body })).await;
    }
    let shown = |count: usize| format!("return document.querySelectorAll('.rows li:not([hidden])').length === {count}");
    page.until("all", &shown(3)).await;
    page.click(".chip:has(input[value=SANITIZE])").await;
    page.until("one sanitized", &shown(1)).await;
    page.scan(&json!({ "tool_name": "mail", "method": "GET", "url": "https://a.example/" })).await;
    page.click(".chip:has(input[value=ALL])").await;
    page.until("what came meanwhile", &shown(4)).await;
    page.click("#filter").await;
    page.press("MAIL get").await;
    page.until("by words", &shown(2)).await;
    page.press(" nonsense").await;
    page.sees(".none", "No request fits the filter").await;
}

async fn scenario(page: Page) {
    page.click("nav a[data-view=scenario]").await;
    page.sees(".rules li", "anything: ALLOW").await;
    page.click("#bundled option[value=deny]").await;
    page.click("#switch").await;
    page.sees(".rules li", "anything: DENY").await;
    page.sees("#where", "deny").await;
    assert_eq!(page.scan(&post(&json!(1))).await["decision"], "DENY");
    page.gateway.keep(&Scenario::parse("mine.yaml", "rules:\n  - then: { decison: ALLOW }\n").unwrap_err());
    page.sees(".fault pre", "line 2 column 13: unknown field `decison`").await;
    page.sees("#fault", "!").await;
}

async fn fidelity(page: Page) {
    page.click("nav a[data-view=fidelity]").await;
    let count = mock_gateway::fidelity::behaviours().count();
    page.sees(".page p", &format!("of {count} behaviours are assumed")).await;
    let rows = page.execute("return document.querySelectorAll('.fidelity tbody tr').length").await;
    assert_eq!(rows, count);
}
