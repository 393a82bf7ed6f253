//! How the console looks: to axe-core in light and dark, on a narrow screen, and in pictures for who
//! reads about it.

use fantoccini::Client;
use mock_gateway::Scenario;
use mock_gateway::approval::Verdict;
use serde_json::{Value, json};

use crate::Test;
use crate::browser::{Look, play};
use crate::page::Page;

/// The file `axe.min.js` of the npm package axe-core; without it what needs it is left out.
const AXE: &str = "AXE_CORE";

/// A folder for pictures.
const PICTURES: &str = "MOCK_GATEWAY_SCREENSHOTS";

const VIEWS: [&str; 5] = ["/", "/approvals", "/windows", "/scenario", "/fidelity"];

/// What axe-core finds with every rule that it has, those of the strictest level and those on trial included.
const VIOLATIONS: &str = "const done = arguments[0];
    const rules = Object.fromEntries(axe.getRules().map(({ ruleId }) => [ruleId, { enabled: true }]));
    const named = (one) => `${one.id}: ${one.help} at ${one.nodes.map((node) => `${node.target.join(' ')} ${node.failureSummary}`).join('; ')}`;
    axe.run(document, { resultTypes: ['violations'], rules }).then((found) => done(found.violations.map(named)), (error) => done([String(error)]));";

/// What makes a narrow page scroll sideways: boxes with more in them than they show, and boxes that reach beyond the
/// screen, unless another one cuts them off.
const TOO_WIDE: &str = "const wide = [];
    const cuts = (node) => getComputedStyle(node).overflowX !== 'visible';
    const cut = (node) => node !== null && getComputedStyle(node).position !== 'fixed' && node !== document.body
        && (cuts(node.parentElement) || cut(node.parentElement));
    for (const node of document.querySelectorAll('body, body *')) {
        const { left, right, width } = node.getBoundingClientRect();
        const name = `${node.tagName}#${node.id}.${node.className}`;
        if (node.matches('body, header, nav, main, main > *') && node.scrollWidth > node.clientWidth + 1) wide.push(`${name} has more`);
        if (width > 0 && !node.matches('.skip') && (left < -1 || right > 321) && !cut(node)) wide.push(`${name} reaches from ${left} to ${right}`);
    }
    if (innerWidth !== 320 || document.documentElement.scrollWidth !== 320) wide.push(`the page is ${innerWidth} wide`);
    arguments[0](wide);";

pub(crate) fn tests() -> Vec<Test> {
    vec![
        ("looks::axe_finds_nothing_in_light", Look::Light, play(|client| axe(client, "light"))),
        ("looks::axe_finds_nothing_in_dark", Look::Dark, play(|client| axe(client, "dark"))),
        ("looks::axe_finds_nothing_on_a_narrow_screen", Look::Narrow, play(|client| axe(client, "narrow"))),
        ("looks::nothing_is_wider_than_a_narrow_screen", Look::Narrow, play(narrow)),
        ("looks::a_narrow_screen_shows_one_thing_at_a_time", Look::Narrow, play(one_at_a_time)),
    ]
}

/// Whether a test needs axe-core, and it is not there.
pub(crate) fn lacks_axe(name: &str) -> bool {
    name.contains("::axe_") && std::env::var_os(AXE).is_none() && std::env::var_os(crate::BROWSER).is_none()
}

/// A desk with something of everything on it, as of 00:02:14.
async fn furnished(client: Client) -> Page {
    let page = Page::open(client, "default").await;
    let clock = page.gateway.clock();
    let call = async |later: u64, tool: &str, url: &str, body: Value| {
        clock.advance(std::time::Duration::from_secs(later));
        let method = if body.is_null() { "GET" } else { "POST" };
        let asked = page.scan(&json!({ "tool_name": tool, "method": method, "url": url, "body": body })).await;
        asked["approval_id"].as_str().unwrap_or_default().to_owned()
    };
    let ticket = json!({ "title": "Printer is on fire", "priority": 2 });
    let secret = json!({ "content": "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzEXAMPLEKEY" });
    let invitation = json!({ "to": "jo@example.com", "phone": "+44 20 7946 0958", "text": "See you on Friday at nine.", "seats": 2 });
    call(7, "web_fetch", "https://docs.example/guide", Value::Null).await;
    call(12, "crm_search", "https://crm.example/contacts?q=jo", Value::Null).await;
    let granted = call(31, "tickets", "https://tickets.example/api/issues", ticket.clone()).await;
    call(4, "http_post", "https://paste.example/api", secret).await;
    let denied = call(19, "mail", "https://mail.example/send", json!({ "to": "all staff", "subject": "Lunch" })).await;
    call(23, "calendar", "https://calendar.example/week/47", Value::Null).await;
    call(9, "mail", "https://crm.example/invitations", invitation).await;
    call(
        11,
        "slack",
        "https://slack.example/api/chat.postMessage",
        json!({ "channel": "#sales", "text": "Q3 figures are in" }),
    )
    .await;
    let desk = page.gateway.approvals();
    desk.decide(&granted, Verdict::Approve, Some("known tracker")).unwrap();
    desk.decide(&denied, Verdict::Deny, Some("not to everybody")).unwrap();
    call(18, "tickets", "https://tickets.example/api/issues", ticket).await;
    page.sees("#clock .face", "00:02:14").await;
    page.sees(".rows li:first-child .number", "#9").await;
    page
}

/// Takes a picture, where somebody wants one.
async fn picture(page: &Page, name: &str) {
    let Some(folder) = std::env::var_os(PICTURES) else { return };
    page.sees_no("#toast").await;
    let picture = page.client.screenshot().await.expect("a picture");
    std::fs::write(std::path::Path::new(&folder).join(format!("{name}.png")), picture).expect("a folder for pictures");
}

async fn axe(client: Client, name: &str) {
    let path = std::env::var_os(AXE)
        .unwrap_or_else(|| panic!("{AXE} names no file: npm install axe-core, and give its axe.min.js"));
    let axe = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let page = furnished(client).await;
    let dark = page.execute("return matchMedia('(prefers-color-scheme: dark)').matches").await;
    assert_eq!(dark, name == "dark");
    if name != "narrow" {
        page.click(".row[href='/console/requests/7']").await;
        page.sees(".diff ins", "[REDACTED:PII]").await;
    }
    picture(&page, name).await;
    finds_nothing_anywhere(&page, &format!("{axe};\n{VIOLATIONS}")).await;
}

async fn narrow(client: Client) {
    let page = furnished(client).await;
    finds_nothing_anywhere(&page, TOO_WIDE).await;
}

/// Leads through every page and state of the console, and asks a script what is wrong with each.
async fn finds_nothing_anywhere(page: &Page, script: &str) {
    let look = async |place: &str| {
        // Half faded in, a message has half its contrast.
        page.until("rest", "return document.getAnimations().length === 0").await;
        let found = page.client.execute_async(script, vec![]).await;
        assert_eq!(found.unwrap_or_else(|error| panic!("{place}: {error}")), json!([]), "{place}");
    };
    let long = "x".repeat(3_000);
    let asked = page.asks(&json!({ "tool_name": long, "method": "POST", "url": format!("https://{long}.example/{long}"), "headers": { "a": long }, "body": { "a": long } })).await;
    let desk = page.gateway.approvals();
    let decided = desk.all().into_iter().find(|one| one.note.is_some()).expect("one that was decided").id;
    for view in VIEWS {
        page.visit(view).await;
        page.sees("h2", "").await;
        page.sees_no(".page > .none").await;
        look(view).await;
    }
    for number in [4, 7, 10] {
        page.visit(&format!("/requests/{number}")).await;
        page.sees(".detail h3", "Wire").await;
        look(&format!("request {number}")).await;
    }
    for (id, state) in [(&*decided, "decided"), ("nothing", "unknown"), (&asked, "pending")] {
        page.visit(&format!("/approvals/{id}")).await;
        let shown = match state {
            "decided" => ".detail .verdict",
            "unknown" => ".detail .none",
            _ => ".detail button.approve",
        };
        page.sees(shown, "").await;
        look(&format!("an approval that is {state}")).await;
    }
    for (key, title) in [("a", "Approve this call?"), ("?", "Keys")] {
        page.press(key).await;
        page.sees("dialog h2", title).await;
        look(title).await;
        page.click("dialog .close").await;
        page.sees_no("dialog").await;
    }
    page.gateway.keep(&Scenario::parse("mine.yaml", "rules:\n  - then: { decison: ALLOW }\n").unwrap_err());
    page.visit("/scenario").await;
    page.sees(".fault pre", "unknown field `decison`").await;
    look("a scenario at fault").await;
    page.press("a").await;
    page.sees("#toast", "No pending approval is chosen").await;
    look("a message").await;
    page.visit("/").await;
    page.press("/").await;
    page.press("no such words").await;
    page.sees(".none", "No request fits the filter").await;
    look("a filter that nothing fits").await;
    page.execute("localStorage.clear()").await;
    page.visit("/").await;
    page.sees("h2", "This console is closed").await;
    look("the closed console").await;
}

async fn one_at_a_time(client: Client) {
    let page = furnished(client).await;
    page.click(".row[href='/console/requests/8']").await;
    page.sees(".detail h2", "slack").await;
    page.sees_no(".list").await;
    page.click(".detail button.approve").await;
    page.sees_no(".detail form").await;
    page.click(".detail .back").await;
    page.sees(".list .row", "slack").await;
    page.sees_no(".detail").await;
}
