//! What a hostile client sends stays text: markup, escapes of terminals, letters that turn the line
//! around, and a megabyte of them; and the page goes on answering.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::Test;
use crate::browser::Look;
use crate::page::{Page, http, on};

/// What would be noticed if it ran.
const MARKUP: &str = "<script>window.ran = 1</script><img src=x onerror=\"window.ran = 2\"><svg onload=window.ran=3>";

/// How long the page may take to answer a key while it shows a megabyte; generous, for busy machines.
const ANSWERS: Duration = Duration::from_secs(5);

pub(crate) fn tests() -> Vec<Test> {
    vec![
        ("hostile::markup_in_every_field_stays_text", Look::Light, on("require-approval", markup)),
        ("hostile::what_cannot_be_seen_is_named", Look::Light, on("sanitize", unseen)),
        (
            "hostile::a_long_name_hides_neither_where_a_call_goes_nor_what_decides",
            Look::Narrow,
            on("require-approval", long_name),
        ),
        ("hostile::a_megabyte_leaves_the_page_responsive", Look::Light, on("sanitize", megabyte)),
        ("hostile::a_thousand_requests_leave_the_page_responsive", Look::Light, on("allow", crowd)),
    ]
}

async fn nothing_ran(page: &Page) {
    let ran = page.execute("return window.ran ?? null").await;
    assert_eq!(ran, json!(null), "markup of a client ran");
    let script = "return [...document.querySelectorAll('img, script:not([src]), svg, iframe, object, #main style, #main link')].length";
    assert_eq!(page.execute(script).await, 0, "markup of a client became elements");
}

async fn markup(page: Page) {
    let url = "https://a.example/%22%3E<script>window.ran=4</script>";
    let scan = json!({
        "tool_name": MARKUP, "method": MARKUP, "url": url, "agent_name": MARKUP,
        "headers": { "x-a": MARKUP }, "body": { MARKUP: [MARKUP] },
    });
    let id = page.asks(&scan).await;
    page.sees(".rows .row .tool", "<script>window.ran = 1</script>").await;
    page.sees(".rows .row .url", url).await;
    page.click(".rows .row").await;
    page.sees(".detail h2", MARKUP).await;
    page.sees(".detail pre", "onerror").await;
    nothing_ran(&page).await;
    page.visit(&format!("/approvals/{id}")).await;
    page.sees(".detail .facts", MARKUP).await;
    page.gateway.approvals().decide(&id, mock_gateway::approval::Verdict::Approve, Some(MARKUP)).unwrap();
    page.sees(".detail .verdict", "approved").await;
    page.visit("/windows").await;
    page.sees("td", MARKUP).await;
    let rules = format!(
        "rules: [{{ when: {{ tool_name: {} }}, then: {{ decision: DENY, reason_codes: [{0}] }} }}]",
        json!(MARKUP)
    );
    page.gateway.replace(&mock_gateway::Scenario::parse(MARKUP, &rules).unwrap());
    page.visit("/scenario").await;
    page.sees("h2", MARKUP).await;
    page.sees(".rules li", MARKUP).await;
    nothing_ran(&page).await;
    // An address of the page is a value, too.
    page.visit("/approvals/%3Cimg%20src=x%20onerror=%22window.ran=5%22%3E").await;
    page.sees(".detail .none", "there is no approval <img src=x").await;
    nothing_ran(&page).await;
}

async fn unseen(page: Page) {
    let text = "a\u{1b}[2J\u{7}b \u{202e}gnp.exe \u{200b}z\u{2066}\u{e0041}\u{9b}31m jo@example.com";
    page.scan(&json!({ "tool_name": text, "method": "POST", "url": "https://a.example/\u{202e}moc", "body": text }))
        .await;
    page.click(".rows .row").await;
    for name in ["U+001B", "U+0007", "U+202E", "U+200B", "U+2066", "U+E0041", "U+009B"] {
        page.sees(".detail h2 .mark", name).await;
    }
    page.sees(".rows .row .url .mark", "U+202E").await;
    let raw = r"return /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/.exec(document.body.textContent)?.index ?? null";
    assert_eq!(page.execute(raw).await, json!(null), "none of them is left on the page");
}

async fn long_name(page: Page) {
    let name = "harmless ".repeat(300);
    let id =
        page.asks(&json!({ "tool_name": name, "method": "POST", "url": "https://evil.example/", "body": {} })).await;
    page.visit(&format!("/approvals/{id}")).await;
    let on_screen = "return ['.detail button.approve', '.detail button.deny'].every((one) => {
        const box = document.querySelector(one)?.getBoundingClientRect();
        return box?.top > 0 && box.bottom < innerHeight;
    })";
    page.until("both buttons without scrolling", on_screen).await;
    page.press("a").await;
    page.sees("dialog .call", "POST https://evil.example/").await;
    let seen = "const box = document.querySelector('dialog .call:last-of-type').getBoundingClientRect();
        return document.elementFromPoint(box.left + 20, box.top + 5)?.innerText";
    assert_eq!(page.execute(seen).await, "POST https://evil.example/");
}

/// Shows what was scanned last, then how long a key takes.
async fn answers(page: &Page) {
    let started = Instant::now();
    page.press("3").await;
    page.sees("h2", "Windows").await;
    assert!(started.elapsed() < ANSWERS, "{:?}", started.elapsed());
}

async fn megabyte(page: Page) {
    // As much as the gateway takes, then more than it takes; each in the worst letters.
    let filling = [("x", 1), ("\u{202e}", 3), ("jo@example.com ", 15), ("<b>\u{1b}", 9)];
    for (letters, bytes) in filling {
        let scan = json!({ "tool_name": "large", "method": "POST", "url": "https://a.example/", "body": letters.repeat(250_000 / bytes) });
        assert_eq!(page.scan(&scan).await["decision"], "SANITIZE");
        let started = Instant::now();
        page.click(".rows li:first-child .row").await;
        page.sees(".detail h3", "Wire").await;
        assert!(started.elapsed() < ANSWERS, "{letters:?}: {:?}", started.elapsed());
        answers(&page).await;
        page.press("1").await;
    }
    let refused = page.scan(&json!({ "tool_name": "huge", "method": "POST", "url": "https://a.example/", "body": "\u{202e}x".repeat(262_144) })).await;
    assert_eq!(refused["error"], "PAYLOAD_TOO_LARGE");
    page.sees(".rows li:first-child .verdict", "413").await;
    page.click(".rows li:first-child .row").await;
    page.sees(".detail .facts", "1,048,649 bytes of body").await;
    page.click(".detail .more").await;
    page.sees_no(".detail .more").await;
    let marks = page.execute("return document.querySelectorAll('.detail .mark').length").await;
    assert!(marks.as_u64().is_some_and(|marks| (1..2_000).contains(&marks)), "{marks} elements");
    answers(&page).await;
    nothing_ran(&page).await;
}

async fn crowd(page: Page) {
    let client = http();
    for number in 1..=1_000 {
        let scan =
            json!({ "tool_name": "busy", "method": "GET", "url": format!("https://a.example/{number}") }).to_string();
        let request = client.post(format!("{}/v1/scan", page.gateway.url())).bearer_auth("k").body(scan);
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
    page.sees(".rows li:first-child .number", "#1000").await;
    let kept = page.execute("return document.querySelectorAll('.rows li').length").await;
    assert_eq!(kept, 500, "what is kept has a bound");
    answers(&page).await;
}
