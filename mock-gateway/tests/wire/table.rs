//! Faults and certificates as reqwest sees them, compared with the table in `faults.json`.

use std::error::Error;
use std::io;
use std::time::Duration;

use mock_gateway::{Listener, MockGateway, Reply, Scenario, Tls};
use serde_json::Value;

use super::gateway;

pub(super) fn table() -> Value {
    serde_json::from_str(include_str!("faults.json")).expect("a table in JSON")
}

pub(super) fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_else(|| panic!("no {name} in {row}"))
}

/// One rule per row, met by the name of its fault, and ALLOW for everything else.
pub(super) fn scenario(rows: &[Value]) -> Scenario {
    let rule = |row: &Value| format!("  - {{ when: {{ tool_name: {} }}, then: {} }}\n", row["fault"], row["reply"]);
    let rules: String = rows.iter().map(rule).collect();
    let yaml = format!("rules:\n{rules}  - then: {{ decision: ALLOW }}\n");
    Scenario::parse("faults.yaml", &yaml).unwrap_or_else(|error| panic!("{error}"))
}

pub(super) fn client(gateway: &MockGateway) -> reqwest::Client {
    // Another test of this process may have chosen the same provider already.
    _ = rustls::crypto::ring::default_provider().install_default();
    let trusted = gateway.authority().map(|pem| reqwest::Certificate::from_pem(pem.as_bytes()).expect("a certificate"));
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_only(trusted)
        .build()
        .expect("a client")
}

/// What a scan with reqwest comes to, in a few words.
pub(super) async fn outcome(client: &reqwest::Client, url: &str, tool: &str, patience: Duration) -> String {
    let scan = serde_json::json!({ "tool_name": tool, "method": "GET", "url": "https://a.example" }).to_string();
    let asked = client.post(format!("{url}/v1/scan")).bearer_auth("iv_test_1").body(scan).timeout(patience);
    let answer = match asked.send().await {
        Ok(answer) => answer,
        Err(error) => return format!("send: {}", reason(&error)),
    };
    let status = answer.status().as_u16();
    let header = |name| answer.headers().get(name).map(|value| value.to_str().expect("ASCII").to_owned());
    let (kind, location) = (header("content-type"), header("location"));
    match answer.bytes().await {
        Err(error) => format!("{status}, then body: {}", reason(&error)),
        Ok(body) => {
            let json = serde_json::from_slice::<Value>(&body).ok();
            let mut words = match json.as_ref().map(|json| json["decision"].as_str()) {
                Some(Some(decision)) => format!("{status} {decision}"),
                Some(None) => format!("{status} JSON"),
                None if body.is_empty() => format!("{status} nothing"),
                None => format!("{status} no JSON"),
            };
            if body.len() > 10_000 {
                words += &format!(", {} bytes", body.len());
            }
            if let Some(kind) = kind.filter(|kind| kind != "application/json") {
                words += &format!(", {kind}");
            }
            words + &location.map_or_else(String::new, |location| format!(", to {location}"))
        }
    }
}

/// The innermost reason: what the system calls it, else what the library says.
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "timeout".to_owned();
    }
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    match innermost.downcast_ref::<io::Error>() {
        Some(io) if io.raw_os_error().is_some() => format!("{:?}", io.kind()),
        // rustls adds where to read more, and what time it is.
        _ => {
            let words = innermost.to_string();
            let end = [": https://", ": verification time"].iter().filter_map(|end| words.find(end)).min();
            words[..end.unwrap_or(words.len())].to_owned()
        }
    }
}

/// Plays every row, a healthy scan after each, and compares what reqwest says with the table.
async fn play(tls: Option<Tls>) {
    let table = table();
    let rows = table["faults"].as_array().expect("a list of faults");
    let gateway = gateway(scenario(rows), tls).await;
    let mut wrong = Vec::new();
    for row in rows {
        let fault = text(row, "fault");
        let patience = if fault == "hang" { Duration::from_millis(300) } else { Duration::from_secs(20) };
        // A client each: whether a pool has seen the end of its old connection is a race.
        let seen = outcome(&client(&gateway), gateway.url(), fault, patience).await;
        let due = tls.and(row["https"]["reqwest"].as_str()).unwrap_or_else(|| text(row, "reqwest"));
        if seen != due {
            wrong.push(format!("{fault}: the table says {due:?}, reqwest says {seen:?}"));
        }
        let after = outcome(&client(&gateway), gateway.url(), "healthy", Duration::from_secs(20)).await;
        assert_eq!(after, "200 ALLOW", "after {fault}");
    }
    assert!(wrong.is_empty() && rows.len() >= 20, "{}", wrong.join("\n"));
}

#[tokio::test]
async fn reqwest_sees_each_fault_as_the_table_says() {
    play(None).await;
}

#[tokio::test]
async fn reqwest_sees_each_fault_through_tls_as_the_table_says() {
    play(Some(Tls::Good)).await;
}

#[tokio::test]
async fn reqwest_refuses_each_bad_certificate_for_its_own_reason() {
    let healthy = || Scenario::scripted(vec![Reply::decision("ALLOW")]);
    let table = table();
    let switched = gateway(healthy(), Some(Tls::Good)).await;
    let switched_client = client(&switched);
    for row in table["certificates"].as_array().expect("a list of certificates") {
        let (name, due) = (text(row, "certificate"), text(row, "reqwest"));
        let tls = match name {
            "good" => Tls::Good,
            "untrusted" => Tls::Untrusted,
            "expired" => Tls::Expired,
            "wrong-host" => Tls::WrongHost,
            other => panic!("no certificate is {other}"),
        };
        let started = gateway(healthy(), Some(tls)).await;
        let patience = Duration::from_secs(20);
        assert_eq!(outcome(&client(&started), started.url(), "healthy", patience).await, due, "{name}");

        switched.listener(Listener::Tls(tls)).await.expect("another certificate");
        assert_eq!(outcome(&switched_client, switched.url(), "healthy", patience).await, due, "switched to {name}");
        switched.listener(Listener::Refuse).await.expect("nobody listens");
        switched.listener(Listener::Accept).await.expect("somebody listens");
        assert_eq!(outcome(&switched_client, switched.url(), "healthy", patience).await, due, "{name} stays");
    }
    let plain = gateway(healthy(), None).await;
    assert!(plain.authority().is_none() && plain.url().starts_with("http://"));
    let error = plain.listener(Listener::Tls(Tls::Good)).await.expect_err("no TLS here");
    assert_eq!(error.to_string(), "this gateway was started without TLS");
    assert_eq!(outcome(&client(&plain), plain.url(), "healthy", Duration::from_secs(20)).await, "200 ALLOW");
}

#[tokio::test]
async fn every_status_arrives_as_it_was_written() {
    let gateway = gateway(Scenario::scripted(Vec::new()), None).await;
    let client = client(&gateway);
    let mut seen = 0;
    for status in (0..=1100).step_by(7).chain([199, 200, 299, 300, 999, 1000]) {
        let reply = if (200..300).contains(&status) {
            Scenario::parse("status.yaml", &format!("rules: [{{ then: {{ status: {status}, json: '' }} }}]")).ok()
        } else {
            Reply::status(status).ok().map(|reply| Scenario::scripted(vec![reply]))
        };
        assert_eq!(reply.is_some(), (200..1000).contains(&status), "{status}");
        let Some(scenario) = reply else { continue };
        gateway.replace(&scenario);
        let words = outcome(&client, gateway.url(), "healthy", Duration::from_secs(20)).await;
        assert!(words.starts_with(&format!("{status} ")), "{status}: {words}");
        seen += 1;
    }
    assert!(seen > 100, "{seen}");
}
