//! The door of the console over plain HTTP, as no browser would use it: these need no Chromium.

use std::future::Future;

use libtest_mimic::{Failed, Trial};
use mock_gateway::MockGateway;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::page::{gateway, http};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("door::a_link_opens_once_for_who_has_both_halves", once),
        trial("door::only_an_own_page_is_let_in", own_page),
        trial("door::every_answer_says_what_a_browser_may_make_of_it", headers),
        trial("door::an_approval_link_gives_no_power", approval_link),
    ]
}

fn trial<T: Future<Output = ()> + 'static>(name: &str, test: fn() -> T) -> Trial {
    Trial::test(name, move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(test());
        Ok::<(), Failed>(())
    })
}

fn ask(gateway: &MockGateway, method: Method, path: &str) -> RequestBuilder {
    http().request(method, format!("{}{path}", gateway.admin().expect("an admin API").url()))
}

fn origin(gateway: &MockGateway) -> String {
    gateway.admin().expect("an admin API").url()
}

fn ticket(gateway: &MockGateway, link: &str) -> RequestBuilder {
    let secret = link.split_once("#open=").map_or(link, |(_, secret)| secret);
    ask(gateway, Method::POST, "/console/session")
        .header("origin", origin(gateway))
        .header("content-type", "application/json")
        .body(json!({ "link": secret }).to_string())
}

/// The cookie and the proof that somebody was given.
async fn halves(answer: Response) -> (String, String) {
    assert_eq!(answer.status(), 200);
    let cookie = answer.headers()["set-cookie"].to_str().expect("a text").to_owned();
    let (pair, attributes) = cookie.split_once("; ").expect("attributes");
    assert_eq!(attributes, "Path=/admin/v1; HttpOnly; SameSite=Strict");
    let proof: Value = serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
    (pair.to_owned(), proof["proof"].as_str().expect("a proof").to_owned())
}

async fn once() {
    let gateway = gateway("allow").await;
    let admin = gateway.admin().unwrap();
    let (older, link) = (admin.console_link().unwrap(), admin.console_link().unwrap());
    assert!(link.starts_with(&format!("{}/console/#open=", admin.url())), "{link}");
    assert_eq!(ticket(&gateway, &older).send().await.unwrap().status(), 401, "a newer one took its place");
    let (cookie, proof) = halves(ticket(&gateway, &link).send().await.unwrap()).await;
    assert_eq!(ticket(&gateway, &link).send().await.unwrap().status(), 401, "it was used");
    let state = async |cookie: Option<&str>, proof: Option<&str>| {
        let request = ask(&gateway, Method::GET, "/admin/v1/state");
        let request = cookie.into_iter().fold(request, |request, cookie| request.header("cookie", cookie));
        let request = proof.into_iter().fold(request, |request, proof| request.header("console-proof", proof));
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(state(Some(&cookie), Some(&proof)).await, 200);
    assert_eq!(state(Some(&cookie), None).await, 401);
    assert_eq!(state(None, Some(&proof)).await, 401);
    assert_eq!(state(None, None).await, 401);

    // Whoever has the token can have another link made, for another browser.
    let token = admin.token().reveal();
    let made = ask(&gateway, Method::POST, "/admin/v1/console").bearer_auth(token).send().await.unwrap();
    let made: Value = serde_json::from_str(&made.text().await.unwrap()).unwrap();
    let (second, _) = halves(ticket(&gateway, made["link"].as_str().unwrap()).send().await.unwrap()).await;
    assert_ne!(second, cookie);
    assert_eq!(state(Some(&second), Some(&proof)).await, 401, "halves of two visits");
    assert_eq!(state(Some(&cookie), Some(&proof)).await, 200, "the first stays");
}

async fn own_page() {
    let gateway = gateway("allow").await;
    let link = gateway.admin().unwrap().console_link().unwrap();
    let secret = json!({ "link": link.split_once("#open=").unwrap().1 }).to_string();
    let enter = || ask(&gateway, Method::POST, "/console/session").body(secret.clone());
    let own = origin(&gateway);
    for (due, request) in [
        (403, enter().header("content-type", "application/json")),
        (403, enter().header("content-type", "application/json").header("origin", "http://evil.example")),
        (403, enter().header("content-type", "application/json").header("origin", "http://127.0.0.1:1")),
        (
            403,
            enter()
                .header("content-type", "application/json")
                .header("origin", &own)
                .header("sec-fetch-site", "cross-site"),
        ),
        (
            421,
            enter().header("content-type", "application/json").header("origin", &own).header("host", "rebound.example"),
        ),
        (415, enter().header("content-type", "text/plain").header("origin", &own)),
        (400, ticket(&gateway, "x").body("{}")),
        (400, ticket(&gateway, "x").body(r#"{"link":"x","more":1}"#)),
        (401, ticket(&gateway, "")),
        (405, ask(&gateway, Method::POST, "/console/")),
        (405, ask(&gateway, Method::HEAD, "/console/main.js")),
        (405, ask(&gateway, Method::GET, "/console/session")),
        (404, ask(&gateway, Method::GET, "/console/nothing.js")),
        (421, ask(&gateway, Method::GET, "/console/").header("host", "rebound.example")),
        (403, ask(&gateway, Method::GET, "/console/").header("origin", "http://evil.example")),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), due, "{answer:?}");
        assert!(answer.headers().get("set-cookie").is_none());
    }
    // Nothing of this used the link up.
    assert_eq!(ticket(&gateway, &link).send().await.unwrap().status(), 200);
}

async fn headers() {
    let gateway = gateway("allow").await;
    let page = ask(&gateway, Method::GET, "/console/").send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "trusted-types 'none'",
    ] {
        assert!(policy.split("; ").any(|one| one == part), "{part} in {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    for path in ["/console/", "/console/main.js", "/console/approvals/x", "/console/none", "/admin/v1/state"] {
        let answer = ask(&gateway, Method::GET, path).send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert!(header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert!(answer.headers().keys().all(|name| !name.as_str().starts_with("access-control-")), "{path}");
    }
    let script = ask(&gateway, Method::GET, "/console/main.js").send().await.unwrap();
    assert_eq!(script.headers()["content-type"], "text/javascript; charset=utf-8");
}

async fn approval_link() {
    let gateway = gateway("require-approval").await;
    let scan = r#"{"method":"POST","url":"https://a.example/x"}"#;
    let client = http();
    let asked = client.post(format!("{}/v1/scan", gateway.url())).bearer_auth("k").body(scan).send().await.unwrap();
    let asked: Value = serde_json::from_str(&asked.text().await.unwrap()).unwrap();
    let url = asked["approval_url"].as_str().unwrap();
    assert_eq!(url, format!("{}/console/approvals/{}", origin(&gateway), asked["approval_id"].as_str().unwrap()));
    let page = client.get(url).send().await.unwrap();
    assert_eq!((page.status().as_u16(), page.headers().get("set-cookie").is_none()), (200, true));
    assert!(!page.text().await.unwrap().contains("a.example"), "the page itself tells nothing");
    for (method, end) in [(Method::POST, "/approve"), (Method::POST, "/deny"), (Method::GET, "")] {
        let path = format!("/admin/v1/approvals/{}{end}", asked["approval_id"].as_str().unwrap());
        let answer = ask(&gateway, method, &path).header("origin", origin(&gateway)).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{path}");
    }
    assert_eq!(gateway.approvals().pending().len(), 1);
}
