//! A person at the desk: approves, denies, moves the clock, by pointer and by keyboard alone.

use fantoccini::key::Key;
use serde_json::json;

use crate::Test;
use crate::browser::Look;
use crate::page::{Page, on, post};

pub(crate) fn tests() -> Vec<Test> {
    vec![
        ("desk::an_approval_arrives_live_and_a_click_allows_the_same_scan", Look::Light, on("default", approve)),
        ("desk::a_denial_with_a_note_denies_the_same_scan", Look::Light, on("default", deny)),
        ("desk::past_its_window_a_grant_is_over", Look::Light, on("require-approval", advance)),
        ("desk::a_revoked_grant_is_over", Look::Light, on("require-approval", revoke)),
        ("desk::everything_goes_by_the_keyboard_alone", Look::Light, on("require-approval", keyboard)),
        ("desk::what_somebody_else_does_is_seen", Look::Light, on("require-approval", others)),
        ("desk::a_note_is_not_lost_while_others_are_decided", Look::Light, on("require-approval", undisturbed)),
        ("desk::a_gateway_that_is_gone_is_said_so", Look::Light, on("allow", gone)),
    ]
}

async fn approve(page: Page) {
    let scan = post(&json!({ "text": "hello" }));
    page.execute("window.unreloaded = true").await;
    let asked = page.scan(&scan).await;
    assert_eq!(asked["decision"], "REQUIRE_APPROVAL");
    page.sees(".rows .row", "https://slack.example/api/chat").await;
    page.sees("#pending", "1").await;
    // Who cannot see the list is told, too.
    page.until(
        "the announcement",
        "return document.querySelector('#said[role=status]').innerText === 'Approval asked for: slack'",
    )
    .await;
    page.click("nav a[data-view=approvals]").await;
    page.click(".rows .row").await;
    page.sees(".detail .facts", asked["approval_id"].as_str().unwrap()).await;
    page.sees(".detail .facts", "10 min 00 s").await;
    page.sees(".detail pre", "\"text\": \"hello\"").await;
    page.click(".detail button.approve").await;
    page.sees(".detail .verdict", "approved").await;
    page.sees_no("#pending").await;
    page.sees("#running", "1").await;
    let again = page.scan(&scan).await;
    assert_eq!((&again["decision"], &again["reason_codes"]), (&json!("ALLOW"), &json!(["RECENT_APPROVAL_GRANT"])));
    page.click("nav a[data-view=activity]").await;
    page.sees(".rows li:first-child .verdict", "ALLOW").await;
    assert_eq!(page.execute("return window.unreloaded").await, true, "all without a reload");
}

async fn deny(page: Page) {
    let scan = post(&json!({ "text": "hello" }));
    let asked = page.scan(&scan).await;
    // The link that the agent shows leads to the approval's page.
    page.goto(asked["approval_url"].as_str().unwrap()).await;
    page.click(".detail textarea").await;
    page.press("not to strangers").await;
    page.click(".detail button.deny").await;
    page.sees(".detail .verdict", "denied").await;
    page.sees(".detail .facts", "not to strangers").await;
    assert_eq!(page.gateway.approvals().all()[0].note.as_deref(), Some("not to strangers"));
    assert_eq!(page.scan(&scan).await["decision"], "DENY");
    page.click("nav a[data-view=windows]").await;
    page.sees("table:has(caption) td", "not to strangers").await;
}

async fn advance(page: Page) {
    let scan = post(&json!(1));
    page.scan(&scan).await;
    page.click(".rows .row").await;
    page.click(".detail button.approve").await;
    page.sees("#running", "1").await;
    page.click("#clock button[aria-label^='+1m']").await;
    page.sees("#clock .face", "00:01:00").await;
    page.click("nav a[data-view=windows]").await;
    page.sees("td.number", "9 min 00 s").await;
    assert_eq!(page.scan(&scan).await["decision"], "ALLOW");
    page.click("#clock button[aria-label^='+10m']").await;
    page.sees("#clock .face", "00:11:00").await;
    page.sees_no("#running").await;
    page.sees_no("td.number").await;
    assert_eq!(page.scan(&scan).await["decision"], "REQUIRE_APPROVAL");
    page.click("#clock button[aria-label='Let the clock run']").await;
    page.sees("#clock button", "stop").await;
    assert!(!page.gateway.clock().is_frozen());
}

async fn revoke(page: Page) {
    let scan = post(&json!(1));
    let id = page.asks(&scan).await;
    page.gateway.approvals().approve(&id).unwrap();
    page.click("nav a[data-view=windows]").await;
    page.click("td button[aria-label='Revoke the grant of slack']").await;
    page.sees_no("#running").await;
    assert_eq!(page.scan(&scan).await["decision"], "REQUIRE_APPROVAL");
}

async fn keyboard(page: Page) {
    let (enter, escape) = (String::from(char::from(Key::Enter)), String::from(char::from(Key::Escape)));
    let scans = [post(&json!("first")), post(&json!("second"))];
    for scan in &scans {
        page.scan(scan).await;
    }
    page.sees("#pending", "2").await;
    page.press("2").await;
    page.sees("h2", "Approvals").await;
    // The newest stands first; the second row is the first scan.
    for key in ["j", "j", &enter] {
        page.press(key).await;
    }
    page.sees(".detail pre", "\"first\"").await;
    page.press("a").await;
    page.sees("dialog h2", "Approve this call?").await;
    page.press("asked Kim").await;
    page.press(&enter).await;
    page.sees_no("dialog").await;
    page.sees("#pending", "1").await;
    assert_eq!(page.scan(&scans[0]).await["decision"], "ALLOW");
    assert_eq!(page.gateway.approvals().all()[0].note.as_deref(), Some("asked Kim"));

    page.press(&escape).await;
    page.sees_no(".detail").await;
    page.press("k").await;
    page.press("d").await;
    page.sees("dialog h2", "Deny this call?").await;
    page.press(&escape).await;
    page.sees_no("dialog").await;
    assert_eq!(page.gateway.approvals().pending().len(), 1, "nothing is decided by Escape");
    page.press("d").await;
    page.sees("dialog h2", "Deny this call?").await;
    page.press(&enter).await;
    page.sees_no("#pending").await;
    assert_eq!(page.scan(&scans[1]).await["decision"], "DENY");

    page.press("/").await;
    page.press("deny").await;
    page.until("one row", "return document.querySelectorAll('.rows li:not([hidden])').length === 1").await;
    page.press(&escape).await;
    page.press("?").await;
    page.sees("dialog h2", "Keys").await;
    page.press(&escape).await;
    page.press("5").await;
    page.sees("h2", "Fidelity").await;
}

async fn others(page: Page) {
    page.click("nav a[data-view=approvals]").await;
    let id = page.asks(&post(&json!(1))).await;
    page.sees(".rows .row", "https://slack.example/api/chat").await;
    page.gateway.approvals().approve(&id).unwrap();
    page.sees(".rows .row .verdict", "approved").await;
    page.gateway.replace(&mock_gateway::Scenario::named("deny").unwrap());
    page.sees("#where", "deny").await;
    page.gateway.clock().advance(std::time::Duration::from_secs(3_600));
    page.sees("#clock .face", "01:00:00").await;
}

async fn undisturbed(page: Page) {
    let ids = [1, 2, 3].map(|number| post(&json!(number)));
    let mut opened = Vec::new();
    for scan in &ids {
        opened.push(page.asks(scan).await);
    }
    let pages = [format!("/approvals/{}", opened[0]), "/requests/1".to_owned()];
    for (place, other) in pages.iter().zip(&opened[1..]) {
        page.visit(place).await;
        page.click(".detail textarea").await;
        page.press("half a no").await;
        let before = page.gateway.approvals().pending().len();
        page.gateway.approvals().approve(other).unwrap();
        page.sees("#pending", &(before - 1).to_string()).await;
        page.scan(&ids[1]).await;
        page.press("te").await;
        let note = page.execute("return document.activeElement.value").await;
        assert_eq!(note, "half a note", "{place}");
    }
}

async fn gone(page: Page) {
    let Page { gateway, client } = page;
    drop(gateway);
    let page = Page { gateway: crate::page::gateway("allow").await, client };
    page.sees("#line", "The gateway cannot be reached").await;
}
