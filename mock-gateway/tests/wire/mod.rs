//! Faults and certificates as they really cross, read from a plain socket; what a client that we did
//! not write makes of them is in `table`.

mod table;

use std::io;
use std::time::{Duration, Instant};

use mock_gateway::{Builder, Clock, Event, Filter, MockGateway, Scenario, Tls};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use self::table::{client, outcome, scenario, table, text};
use crate::support::{Client, next, request};

const SCAN: &str = r#"{"tool_name":"healthy","method":"GET","url":"https://a.example"}"#;
const KEY: &str = "Authorization: Bearer iv_test_1\r\n";

async fn gateway(scenario: Scenario, tls: Option<Tls>) -> MockGateway {
    let builder = MockGateway::builder().scenario(scenario).clock(Clock::frozen());
    tls.into_iter().fold(builder, Builder::tls).start().await.expect("a free port")
}

/// Everything that crosses from here to the end of the connection, and how it ends.
async fn crossing(gateway: &MockGateway) -> (Vec<u8>, io::Result<()>) {
    let mut stream = tokio::net::TcpStream::connect(gateway.address()).await.expect("an open port");
    stream.write_all(request("POST", "/v1/scan", KEY, SCAN).as_bytes()).await.expect("the gateway reads");
    let mut bytes = Vec::new();
    let end = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes)).await;
    (bytes, end.expect("an end").map(|_| ()))
}

/// What comes of one scan that is answered like this, and what the journal says of it.
async fn broken(reply: &str) -> (Vec<u8>, io::Result<()>, Vec<Event>) {
    let scenario = Scenario::parse("one.yaml", &format!("rules: [{{ then: {reply} }}]"));
    let gateway = gateway(scenario.unwrap_or_else(|error| panic!("{error}")), None).await;
    let mut events = gateway.journal().follow();
    let (bytes, end) = crossing(&gateway).await;
    (bytes, end, vec![next(&mut events).await, next(&mut events).await, next(&mut events).await])
}

#[tokio::test]
async fn a_cut_comes_after_just_so_many_bytes_and_the_journal_counts_them() {
    for count in [1, 17, 130, 250] {
        for (word, reset) in [("reset_after", true), ("close_after", false)] {
            let (bytes, end, events) = broken(&format!("{{ decision: ALLOW, wire: {{ {word}: {count} }} }}")).await;
            assert_eq!(bytes.len(), count, "{word}");
            assert!(bytes.starts_with(&b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"[..count.min(40)]));
            let kind = end.err().map(|error| error.kind());
            assert_eq!(kind, reset.then_some(io::ErrorKind::ConnectionReset), "{word}");
            assert!(matches!(events[2], Event::Broken { number: 1, sent, .. } if sent == count as u64), "{events:?}");
        }
    }
    for (wire, reset) in [("reset", true), ("close", false)] {
        let (bytes, end, events) = broken(&format!("{{ wire: {wire} }}")).await;
        assert_eq!((bytes.len(), end.is_err()), (0, reset), "{wire}");
        assert!(matches!(events[2], Event::Broken { sent: 0, .. }), "{events:?}");
    }
    let (bytes, end, _) = broken("{ json: '0123456789', wire: reset_mid_body }").await;
    assert!(bytes.ends_with(b"content-length: 10\r\n\r\n01234") && end.is_err(), "{bytes:?}");
    let (bytes, end, _) = broken("{ json: '012', wire: close_mid_body }").await;
    assert!(bytes.ends_with(b"content-length: 3\r\n\r\n0") && end.is_ok(), "{bytes:?}");
    let (bytes, end, _) = broken("{ json: '012', wire: { close_after: 4000000000 } }").await;
    assert!(bytes.ends_with(b"\r\n\r\n012") && end.is_ok(), "a shorter answer is cut at its end");
}

#[tokio::test]
async fn a_drip_keeps_its_pace_and_ends_with_its_answer() {
    let pace = Duration::from_millis(20);
    let started = Instant::now();
    let (bytes, end, events) = broken("{ json: '[1, 2, 3]', wire: { drip: { bytes: 30, every: 20ms } } }").await;
    let drips = u32::try_from(bytes.len().div_ceil(30)).expect("a short answer");
    assert!(drips >= 4 && started.elapsed() >= pace * (drips - 1), "{drips} in {:?}", started.elapsed());
    assert!(bytes.ends_with(b"connection: close\r\n\r\n[1, 2, 3]") && end.is_ok());
    let Event::Answered { status: 200, body, .. } = &events[2] else { panic!("{events:?}") };
    assert_eq!(body, "[1, 2, 3]");

    let rules =
        "rules: [{ then: [{ decision: DENY, wire: { drip: { bytes: 20, every: 1h } } }, { decision: ALLOW }] }]";
    let gateway = gateway(Scenario::parse("drip.yaml", rules).unwrap(), None).await;
    let mut events = gateway.journal().follow();
    let mut stream = tokio::net::TcpStream::connect(gateway.address()).await.expect("an open port");
    stream.write_all(request("POST", "/v1/scan", KEY, SCAN).as_bytes()).await.expect("the gateway reads");
    // What came is read, so that the client goes with FIN and not with RST.
    stream.read_exact(&mut [0; 20]).await.expect("the first drip");
    drop(stream);
    _ = (next(&mut events).await, next(&mut events).await);
    assert!(matches!(next(&mut events).await, Event::HungUp { number: 1, .. }), "a client that gives up is noticed");
    let mut client = Client::connect(gateway.address()).await.unwrap();
    for _healthy in 0..3 {
        assert_eq!(client.post("/v1/scan", SCAN).await.text("decision"), "ALLOW", "nothing stays armed");
    }
}

#[tokio::test]
async fn a_fault_is_written_down_with_its_decision() {
    let scenario = "rules: [{ then: [{ decision: REQUIRE_APPROVAL, wire: reset }, { wire: garbage }] }]";
    let gateway = gateway(Scenario::parse("lost.yaml", scenario).unwrap(), None).await;
    _ = (crossing(&gateway).await, crossing(&gateway).await);
    assert_eq!(gateway.approvals().pending().len(), 1, "the decision was made, and not told");
    let entries = gateway.verify(&Filter::all().decision("REQUIRE_APPROVAL"), 1..=1).unwrap();
    assert_eq!((entries[0].broken, entries[0].hung_up, &entries[0].answer), (Some(0), false, &None));
    assert_eq!(entries[0].to_string(), "POST /v1/scan of tool healthy: REQUIRE_APPROVAL, reset (rule 1, reply 1)");
    assert_eq!(gateway.verify(&Filter::all().decision("garbage"), 1..=1).unwrap()[0].broken, Some(22));
    let lines = gateway.journal().ndjson();
    let first: Vec<_> = lines.lines().filter(|line| line.contains(r#""request":1,"#)).collect();
    assert!(
        first[1].contains(r#""choice":"REQUIRE_APPROVAL","#) && first[1].ends_with(r#""fault":"reset"}"#),
        "{first:?}"
    );
    assert!(first[2].starts_with(r#"{"event":"broken","#) && first[2].ends_with(r#""sent":0}"#), "{first:?}");

    let yaml = gateway.session().to_yaml();
    assert!(yaml.contains(r#"{"decision":"REQUIRE_APPROVAL","wire":"reset"},{"wire":"garbage"}"#), "{yaml}");
}

#[tokio::test]
async fn a_huge_body_costs_no_memory_and_a_client_that_leaves_is_noticed() {
    let (bytes, _, events) = broken("{ json: '7', wire: { huge_body: 1000000 } }").await;
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4;
    assert_eq!((bytes.len() - head, bytes.last()), (1_000_000, Some(&b'7')));
    assert!(bytes[head..bytes.len() - 1].iter().all(|byte| *byte == b' '));
    assert!(matches!(&events[2], Event::Answered { body, .. } if body == "7"), "the padding is not kept");

    let rules = "rules: [{ then: { decision: ALLOW, wire: { huge_body: 4000000000 } } }]";
    let gateway = gateway(Scenario::parse("huge.yaml", rules).unwrap(), None).await;
    let mut events = gateway.journal().follow();
    let mut client = Client::connect(gateway.address()).await.unwrap();
    client.write(request("POST", "/v1/scan", KEY, SCAN).as_bytes()).await;
    _ = (next(&mut events).await, next(&mut events).await);
    drop(client);
    assert!(matches!(next(&mut events).await, Event::HungUp { number: 1, .. }));
}

#[tokio::test]
async fn a_client_that_does_not_shake_hands_is_let_go() {
    let builder = MockGateway::builder().tls(Tls::Good).patience(Duration::from_millis(200));
    let gateway = builder.start().await.unwrap_or_else(|error| panic!("{error}"));
    let mut silent = Client::connect(gateway.address()).await.unwrap();
    let mut plain = Client::connect(gateway.address()).await.unwrap();
    plain.write(b"GET /health HTTP/1.1\r\n\r\n").await;
    assert!(silent.is_closed().await);
    while !plain.is_closed().await {}
    assert_eq!(outcome(&client(&gateway), gateway.url(), "healthy", Duration::from_secs(20)).await, "200 ALLOW");
}

#[tokio::test]
async fn ten_thousand_requests_with_faults_mixed_in_leave_every_healthy_one_answered() {
    let table = table();
    let rows: Vec<Value> = table["faults"].as_array().expect("a list of faults").clone();
    let gateway = gateway(scenario(&rows), None).await;
    let address = gateway.address();
    let mut clients = tokio::task::JoinSet::new();
    for lane in 0..50 {
        let rows = rows.clone();
        clients.spawn(async move {
            let mut healthy = Client::connect(address).await.unwrap();
            for turn in 0..100_usize {
                let row = &rows[(lane + turn) % rows.len()];
                let scan = SCAN.replace("healthy", text(row, "fault"));
                let mut victim = Client::connect(address).await.unwrap();
                victim.write(request("POST", "/v1/scan", KEY, &scan).as_bytes()).await;
                assert_eq!(healthy.post("/v1/scan", SCAN).await.text("decision"), "ALLOW");
            }
        });
    }
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
    let complete = || {
        let entries = gateway.journal().query(&Filter::all());
        let ended =
            |entry: &&mock_gateway::journal::Entry| entry.answer.is_some() || entry.broken.is_some() || entry.hung_up;
        let ended = entries.iter().filter(ended).count();
        (ended, entries.len())
    };
    let started = Instant::now();
    while complete() != (10_000, 10_000) {
        assert!(started.elapsed() < Duration::from_secs(20), "{:?} have ended", complete());
        tokio::task::yield_now().await;
    }
    assert_eq!(gateway.journal().count(&Filter::scans().tool_name("healthy").decision("ALLOW")), 5_000);
}
