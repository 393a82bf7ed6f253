//! Whoever is not at the desk: a page of another port, another name for this machine, another browser,
//! an agent that has the approval's link. None of them changes anything.

use std::sync::{Arc, Mutex};

use fantoccini::Client;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::Test;
use crate::browser::{Look, REBOUND, play};
use crate::page::{Page, gateway, http, on, post};

pub(crate) fn tests() -> Vec<Test> {
    vec![
        ("stranger::a_page_of_another_port_changes_nothing", Look::Light, on("require-approval", other_port)),
        ("stranger::a_name_that_was_made_to_lead_here_is_refused", Look::Light, on("require-approval", rebound)),
        ("stranger::a_link_opens_one_browser_once", Look::Light, play(once)),
        ("stranger::an_approval_link_alone_opens_nothing", Look::Light, play(approval_link)),
    ]
}

/// A server on another port of this machine, which serves one page at every path and keeps what it is
/// told.
struct Evil {
    address: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Evil {
    async fn start(page: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = vec![0; 16 * 1024];
                let length = stream.read(&mut head).await.unwrap_or(0);
                ears.lock().unwrap().push(String::from_utf8_lossy(&head[..length]).into_owned());
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{page}",
                    page.len()
                );
                _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { address, heard }
    }
}

/// Everything that could have been changed.
fn standing(page: &Page) -> String {
    let Page { gateway, .. } = page;
    let approvals: Vec<_> = gateway.approvals().all().iter().map(|one| format!("{} {}", one.id, one.status)).collect();
    format!(
        "{approvals:?} {} {:?} {}",
        gateway.scenario().name(),
        gateway.clock().now().virtual_time,
        gateway.journal().arrived()
    )
}

async fn other_port(page: Page) {
    let id = page.asks(&post(&json!(1))).await;
    let admin = page.gateway.admin().unwrap().url();
    let attack = format!(
        r#"<!doctype html><title>evil</title><iframe id=frame src="{admin}/console/approvals/{id}"></iframe>
<form id=form method=post enctype=text/plain action="{admin}/admin/v1/reset" target=frame><input name=x></form>
<img src="{admin}/admin/v1/state"><script src="{admin}/admin/v1/approvals"></script><script src="{admin}/console/gateway.js" type=module></script>
<script>
const tries = [["POST", "/approvals/{id}/approve", "{{}}"], ["POST", "/approvals/{id}/approve", ""], ["PUT", "/scenario", '{{"bundled":"allow"}}'],
  ["POST", "/clock/advance", '{{"by":"1h"}}'], ["POST", "/reset", ""], ["POST", "/console", ""]];
const bodies = (body) => [body, new Blob([body], {{ type: "application/json" }}), new URLSearchParams(body)];
const all = tries.flatMap(([method, path, body]) => ["cors", "no-cors"].flatMap((mode) => bodies(body).flatMap((body) => [
  {{ "console-proof": "x" }}, {{ "content-type": "application/json" }}, {{ "content-type": "text/plain" }}].map((headers) =>
  fetch("{admin}/admin/v1" + path, {{ method, body, mode, headers, credentials: "include" }}).then((answer) => answer.type + answer.status, () => "refused")
))));
navigator.sendBeacon("{admin}/admin/v1/approvals/{id}/approve", "{{}}");
document.getElementById("form").submit();
Promise.all(all).then((done) => {{ window.done = done; }});
</script>"#
    );
    let evil = Evil::start(attack).await;
    let before = standing(&page);
    page.goto(&format!("http://{}/admin/v1/lure", evil.address)).await;
    let done = page.until("the end of the attack", "return window.done ?? null").await;
    let done: Vec<_> = done.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect();
    assert!(done.len() > 50 && done.iter().all(|one| one == "refused" || one == "opaque0"), "{done:?}");
    assert_eq!(standing(&page), before);
    // Cookies know no ports: the other server was told this one. It is worth nothing by itself.
    let heard = evil.heard.lock().unwrap().join("\n");
    let cookie =
        heard.lines().find_map(|line| line.strip_prefix("Cookie: ")).expect("the browser sent the cookie along");
    let client = http();
    let approve = client
        .post(format!("{admin}/admin/v1/approvals/{id}/approve"))
        .header("cookie", cookie)
        .header("origin", &admin);
    assert_eq!(approve.send().await.unwrap().status(), 401);
    assert_eq!(standing(&page), before);
    let framed = page
        .execute("try { return document.getElementById('frame').contentDocument.body.innerText } catch { return '' }")
        .await;
    assert_eq!(framed, "", "the console is not framed");
    // The person at the desk is not disturbed by any of it.
    page.visit(&format!("/approvals/{id}")).await;
    page.click(".detail button.approve").await;
    page.sees(".detail .verdict", "approved").await;
}

async fn rebound(page: Page) {
    let id = page.asks(&post(&json!(1))).await;
    let before = standing(&page);
    let port = page.gateway.admin().unwrap().address().port();
    page.goto(&format!("http://{REBOUND}:{port}/console/approvals/{id}")).await;
    page.sees("body", "the Host header does not name").await;
    // The answer is no page; from here the name is an origin of its own, whose requests reach us.
    let script = "const [path, done] = arguments;
        fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}', credentials: 'include' })
            .then((answer) => done(answer.status), () => done('refused'))";
    let answer =
        page.client.execute_async(script, vec![json!(format!("/admin/v1/approvals/{id}/approve"))]).await.unwrap();
    assert!(answer == "refused" || answer == 421, "{answer}");
    assert_eq!(standing(&page), before);
}

async fn once(client: Client) {
    let page = Page { gateway: gateway("allow").await, client };
    let link = page.link();
    page.goto(&link).await;
    page.sees("#clock .face", "00:00:00").await;
    let address = page.client.current_url().await.unwrap();
    assert_eq!(address.fragment(), None, "the link's secret is out of the address");
    let cookie = page.execute("return document.cookie").await;
    assert_eq!(cookie, "", "no script reads the cookie");
    // Again in this browser: it is in already, and the used link is no matter.
    page.goto("about:blank").await;
    page.goto(&link).await;
    page.sees("#clock .face", "00:00:00").await;
    // As another browser would: with neither half.
    page.execute("localStorage.clear()").await;
    page.client.delete_all_cookies().await.unwrap();
    page.goto("about:blank").await;
    page.goto(&link).await;
    page.sees("h2", "This console is closed").await;
    page.sees_no("nav").await;
    page.goto("about:blank").await;
    page.goto(&page.link()).await;
    page.sees("#clock .face", "00:00:00").await;
}

async fn approval_link(client: Client) {
    let page = Page { gateway: gateway("require-approval").await, client };
    let asked = page.scan(&post(&json!("a secret of the agent"))).await;
    page.goto(asked["approval_url"].as_str().unwrap()).await;
    page.sees("h2", "This console is closed").await;
    let text = page.execute("return document.body.innerText").await;
    assert!(!text.as_str().unwrap().contains("secret of the agent"), "{text}");
    page.sees_no("button").await;
    assert_eq!(page.gateway.approvals().pending().len(), 1);
}
