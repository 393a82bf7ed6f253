//! The gateway over real sockets of the loopback interface.

mod embedding;
mod support;
mod wire;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mock_gateway::api::Authorization;
use mock_gateway::engine::{Choice, Decider};
use mock_gateway::{Builder, Clock, Event, Listener, MockGateway, Reply, Scenario};
use support::{Answer, Client, next, request};

const SCAN: &str = r#"{"method":"POST","url":"https://a.example/x","body":{"n":1.10}}"#;
const KEY: &str = "Authorization: Bearer iv_test_1\r\n";

async fn gateway(rules: &str) -> MockGateway {
    builder(rules).start().await.expect("a free port")
}

fn builder(rules: &str) -> Builder {
    let scenario = Scenario::parse("test.yaml", rules).unwrap_or_else(|error| panic!("{error}"));
    MockGateway::builder().key("iv_test_1").scenario(scenario).clock(Clock::frozen())
}

async fn client(gateway: &MockGateway) -> Client {
    Client::connect(gateway.address()).await.expect("an open port")
}

fn names(events: &[Event]) -> Vec<&'static str> {
    let name = |event: &Event| match event {
        Event::Arrived { .. } => "arrived",
        Event::Decided { .. } => "decided",
        Event::Answered { .. } => "answered",
        Event::Broken { .. } => "broken",
        Event::HungUp { .. } => "hung up",
    };
    events.iter().map(name).collect()
}

#[tokio::test]
async fn behind_a_base_path_nothing_is_at_the_root() {
    let gateway = builder("rules: [{ then: { decision: DENY } }]").base_path("/tenant/a/").start().await.unwrap();
    assert_eq!(gateway.url(), format!("http://{}/tenant/a", gateway.address()));
    let mut client = client(&gateway).await;
    for (path, status) in [("/tenant/a/v1/scan", 200), ("/v1/scan", 404), ("/tenant/av1/scan", 404)] {
        assert_eq!(client.send("POST", path, KEY, SCAN).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn a_scan_is_answered_and_written_down_without_its_key() {
    let gateway = gateway("rules: [{ then: { decision: DENY } }]").await;
    assert_eq!(gateway.url(), format!("http://{}", gateway.address()));
    let mut events = gateway.journal().follow();
    let mut client = client(&gateway).await;
    let answer = client.send("POST", "/v1/scan?a=b", "authorization: Bearer iv_test_1\r\nX-Odd: yes\r\n", SCAN).await;
    assert_eq!((answer.status, answer.text("decision").as_str()), (200, "DENY"));
    assert_eq!(answer.header("content-type"), Some("application/json"));

    let seen = [next(&mut events).await, next(&mut events).await, next(&mut events).await];
    let [Event::Arrived { number, time, method, path, headers, authorization, body, length, .. }, decided, answered] =
        &seen
    else {
        panic!("{seen:?}")
    };
    assert_eq!((*number, method.as_str(), path.as_str()), (1, "POST", "/v1/scan?a=b"));
    assert_eq!((time.to_string().as_str(), *authorization), ("2026-01-01T00:00:00Z", Authorization::Right));
    assert_eq!((&body[..], *length), (SCAN.as_bytes(), SCAN.len() as u64));
    assert_eq!((headers["x-odd"].to_str().unwrap(), headers["authorization"].to_str().unwrap()), ("yes", "[redacted]"));
    let Event::Decided { decision, .. } = decided else { panic!("{decided:?}") };
    assert_eq!(
        (&decision.by, &decision.choice),
        (&Decider::Rule { rule: 1, reply: 1 }, &Choice::Decision("DENY".to_owned()))
    );
    let Event::Answered { number: 1, status: 200, body, .. } = answered else { panic!("{answered:?}") };
    assert_eq!(body, answer.body.as_bytes());
    assert!(!format!("{seen:?} {gateway:?}").contains("iv_test_1"));

    _ = client.post("/v1/scan", SCAN).await;
    let mut late = gateway.journal().follow();
    assert!(matches!(next(&mut late).await, Event::Arrived { number: 1, .. }), "whoever comes late misses nothing");
    let numbers: Vec<_> = gateway.journal().entries().iter().map(Event::number).collect();
    assert_eq!(&numbers[..5], [1, 1, 1, 2, 2]);
}

#[tokio::test]
async fn what_is_wrong_is_answered_in_json_and_the_connection_stays() {
    let gateway = gateway("rules: [{ then: { status: 429, retry_after: 2s } }]").await;
    let mut client = client(&gateway).await;
    let huge = format!(r#"{{"method":"GET","url":"https://a","body":"{}"}}"#, "x".repeat(700_000));
    let wrong = "Authorization: Bearer iv_test_2\r\n";
    for (method, path, headers, body, status, error, reason) in [
        ("POST", "/v1/scan", "", SCAN, 401, "UNAUTHORIZED", "bearer"),
        ("POST", "/v1/scan", wrong, SCAN, 401, "UNAUTHORIZED", "bearer"),
        ("POST", "/v1/scan", "Authorization: Bearer iv_test_1 iv_test_1\r\n", SCAN, 401, "UNAUTHORIZED", "bearer"),
        ("POST", "/v1/scan", KEY, "{}", 400, "VALIDATION_ERROR", "`method` is missing"),
        ("POST", "/v1/scan", KEY, &huge, 413, "PAYLOAD_TOO_LARGE", "700044 bytes"),
        ("GET", "/v1/scan", KEY, "", 405, "METHOD_NOT_ALLOWED", "answers POST, not GET"),
        ("GET", "/v1/nothing", KEY, "", 404, "NOT_FOUND", "/v1/nothing"),
        ("POST", "/v1/scan", KEY, SCAN, 429, "RATE_LIMITED", "scenario"),
    ] {
        let answer = client.send(method, path, headers, body).await;
        assert_eq!((answer.status, answer.text("error").as_str()), (status, error), "{answer:?}");
        assert!(answer.text("reason").contains(reason), "{answer:?}");
        assert_eq!(answer.header("retry-after"), (status == 429).then_some("2"));
        assert_eq!(answer.header("allow"), (status == 405).then_some("POST"));
    }
    assert_eq!(client.send("GET", "/health", "", "").await.body, r#"{"status":"ok"}"#);
    let Answer { status, body, .. } = client.send("HEAD", "/health", "", "").await;
    assert_eq!((status, body.as_str()), (405, ""));
    let entries = gateway.journal().entries();
    let authorizations: Vec<_> = entries
        .iter()
        .filter_map(|event| match event {
            Event::Arrived { authorization, .. } => Some(*authorization),
            _ => None,
        })
        .take(4)
        .collect();
    let [missing, wrong, right] = [Authorization::Missing, Authorization::Wrong, Authorization::Right];
    assert_eq!(authorizations, [missing, wrong, wrong, right]);
    assert!(!names(&entries).contains(&"hung up"));
}

#[tokio::test]
async fn an_analyst_approves_and_the_same_scan_runs_for_ten_minutes() {
    let gateway = gateway("rules: [{ then: { decision: REQUIRE_APPROVAL } }]").await;
    let mut client = client(&gateway).await;
    let id = client.post("/v1/scan", SCAN).await.text("approval_id");
    let status = format!("/v1/approvals/{id}/status");
    assert_eq!(client.get(&status).await.text("status"), "pending");
    let early = client.get(&status).await;
    assert_eq!(early.status, 429);
    assert!(matches!(early.header("retry-after"), Some("1" | "2")), "{early:?}");

    assert_eq!(gateway.approvals().pending().iter().map(|approval| &*approval.id).collect::<Vec<_>>(), [&id]);
    gateway.approvals().approve(&id).unwrap();
    assert!(gateway.approvals().pending().is_empty() && gateway.approvals().deny(&id).is_err());
    gateway.clock().advance(Duration::from_secs(599));
    assert_eq!(client.get(&status).await.text("status"), "approved");
    gateway.script(vec![Reply::decision("DENY"), Reply::decision("REQUIRE_APPROVAL")]);
    assert_eq!(client.post("/v1/scan", SCAN).await.text("decision"), "ALLOW", "a script leaves a grant alone");
    gateway.clock().advance(Duration::from_secs(1));
    assert_eq!(client.post("/v1/scan", SCAN).await.text("decision"), "DENY");
    assert_ne!(client.post("/v1/scan", SCAN).await.text("approval_id"), id);
    assert_eq!(gateway.approvals().all().len(), 2);
}

#[tokio::test]
async fn a_request_is_written_down_before_its_delay_and_answered_after_it() {
    let gateway = gateway("rules: [{ then: { decision: ALLOW, delay: 120ms } }]").await;
    let mut events = gateway.journal().follow();
    let mut client = client(&gateway).await;
    let started = Instant::now();
    assert_eq!(client.post("/v1/scan", SCAN).await.status, 200);
    assert!(started.elapsed() >= Duration::from_millis(120));
    let (arrived, _, answered) = (next(&mut events).await, next(&mut events).await, next(&mut events).await);
    assert!(answered.at() - arrived.at() >= Duration::from_millis(120));
}

#[tokio::test]
async fn a_client_that_gives_up_is_written_down() {
    let gateway = gateway("rules: [{ then: [{ wire: hang }, { decision: ALLOW, delay: 1h }] }]").await;
    let mut events = gateway.journal().follow();
    for _fault in ["hang", "delay"] {
        let mut client = client(&gateway).await;
        client.write(request("POST", "/v1/scan", KEY, SCAN).as_bytes()).await;
        let (arrived, decided) = (next(&mut events).await, next(&mut events).await);
        assert!(events.try_recv().is_err(), "nothing more happens while the client waits");
        drop(client);
        assert_eq!(names(&[arrived, decided, next(&mut events).await]), ["arrived", "decided", "hung up"]);
    }
}

#[tokio::test]
async fn an_answer_that_was_not_taken_was_not_given() {
    let gateway = gateway("rules: []").await;
    gateway.script(vec![Reply::json("x".repeat(64 * 1024 * 1024))]);
    let mut events = gateway.journal().follow();
    let mut client = client(&gateway).await;
    client.write(request("POST", "/v1/scan", KEY, SCAN).as_bytes()).await;
    let (arrived, decided) = (next(&mut events).await, next(&mut events).await);
    drop(client);
    assert_eq!(names(&[arrived, decided, next(&mut events).await]), ["arrived", "decided", "hung up"]);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_written_down_and_takes_no_turn() {
    let gateway = gateway("rules: [{ then: [{ decision: DENY }, { decision: ALLOW }] }]").await;
    let mut events = gateway.journal().follow();
    let mut broken = client(&gateway).await;
    broken
        .write(request("POST", "/v1/scan", KEY, SCAN).replace(&format!(" {}\r", SCAN.len()), " 900\r").as_bytes())
        .await;
    drop(broken);
    assert_eq!(names(&[next(&mut events).await, next(&mut events).await]), ["arrived", "hung up"]);
    assert_eq!(client(&gateway).await.post("/v1/scan", SCAN).await.text("decision"), "DENY");
}

#[tokio::test]
async fn a_client_that_does_not_send_is_let_go_and_one_that_waits_is_not() {
    let patience = Duration::from_millis(300);
    let gateway = builder("rules: [{ then: { decision: ALLOW, delay: 700ms } }]").patience(patience);
    let gateway = gateway.start().await.expect("a free port");
    let (mut silent, mut stuck, mut idle) = (client(&gateway).await, client(&gateway).await, client(&gateway).await);
    stuck.write(b"GET /health HTTP/1.1\r\nHost:").await;
    assert_eq!(idle.get("/health").await.status, 200);
    assert!(silent.is_closed().await && stuck.is_closed().await && idle.is_closed().await);
    assert_eq!(names(&gateway.journal().entries()), ["arrived", "decided", "answered"], "only what was asked");
    assert_eq!(client(&gateway).await.post("/v1/scan", SCAN).await.text("decision"), "ALLOW");

    let mut events = gateway.journal().follow();
    while !matches!(next(&mut events).await, Event::Answered { number: 2, .. }) {}
    let mut slow = client(&gateway).await;
    let most = SCAN.strip_suffix('}').expect("an object");
    let sent = request("POST", "/v1/scan", KEY, SCAN);
    slow.write(sent.strip_suffix('}').expect("an object").as_bytes()).await;
    let Event::Arrived { body, .. } = next(&mut events).await else { panic!("an arrival comes first") };
    assert_eq!(body, most.as_bytes());
    assert!(matches!(next(&mut events).await, Event::HungUp { number: 3, .. }) && slow.is_closed().await);
}

#[tokio::test]
async fn refusing_ends_connections_and_keeps_the_port() {
    let gateway = gateway("rules: [{ then: [{ decision: ALLOW }, { wire: hang }] }]").await;
    let mut events = gateway.journal().follow();
    let address: SocketAddr = gateway.address();
    let (mut idle, mut waiting) = (client(&gateway).await, client(&gateway).await);
    assert_eq!(idle.post("/v1/scan", SCAN).await.status, 200);
    waiting.write(request("POST", "/v1/scan", KEY, SCAN).as_bytes()).await;
    while !matches!(next(&mut events).await, Event::Decided { number: 2, .. }) {}

    for _again in 0..3 {
        gateway.listener(Listener::Refuse).await.unwrap();
        assert!(idle.is_closed().await && waiting.is_closed().await);
        let refused = Client::connect(address).await.err().expect("nobody listens");
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
        let taken = std::net::TcpListener::bind(address).expect_err("the port is ours");
        assert_eq!(taken.kind(), std::io::ErrorKind::AddrInUse);

        gateway.listener(Listener::Accept).await.unwrap();
        gateway.listener(Listener::Accept).await.unwrap();
        gateway.script(vec![Reply::decision("ALLOW")]);
        let mut after = client(&gateway).await;
        assert_eq!(after.post("/v1/scan", SCAN).await.status, 200);
        (idle, waiting) = (after, client(&gateway).await);
    }
    assert!(matches!(next(&mut events).await, Event::HungUp { number: 2, .. }));
}

#[tokio::test]
async fn dropping_a_gateway_frees_its_port() {
    let gateway = gateway("rules: []").await;
    let mut client = client(&gateway).await;
    assert_eq!(client.get("/health").await.status, 200);
    let address = gateway.address();
    drop(gateway);
    assert!(client.is_closed().await);
    let again = MockGateway::builder().bind(address).start().await.unwrap();
    assert_eq!(again.address(), address);
    let taken = MockGateway::builder().bind(address).start().await.expect_err("one gateway per port");
    assert!(taken.to_string().starts_with(&format!("cannot listen on {address}: ")), "{taken}");
}

#[tokio::test]
async fn broken_http_ends_its_own_connection_only() {
    let gateway = gateway("rules: [{ then: { decision: ALLOW } }]").await;
    let half_open = client(&gateway).await;
    for junk in [&b"\0\0\0\0\r\n\r\n"[..], b"GET\r\n\r\n", b"POST /v1/scan HTTP/1.1\r\nContent-Length: -1\r\n\r\n"] {
        let mut broken = client(&gateway).await;
        broken.write(junk).await;
        while !broken.is_closed().await {}
    }
    assert_eq!(client(&gateway).await.post("/v1/scan", SCAN).await.status, 200);
    drop(half_open);
}

#[tokio::test]
async fn many_at_once_are_each_answered_once_with_their_own_verdict() {
    let gateway =
        gateway("rules: [{ when: { contains: odd }, then: { decision: DENY } }, { then: { decision: ALLOW } }]").await;
    let address = gateway.address();
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..64 {
        clients.spawn(async move {
            let mut client = Client::connect(address).await.unwrap();
            for turn in 0..25 {
                let (word, decision) = if (number + turn) % 2 == 1 { ("odd", "DENY") } else { ("even", "ALLOW") };
                let body = format!(r#"{{"method":"GET","url":"https://a.example","body":"{word}"}}"#);
                assert_eq!(client.post("/v1/scan", &body).await.text("decision"), decision);
            }
        });
    }
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
    let entries = gateway.journal().entries();
    let answered = names(&entries).iter().filter(|name| **name == "answered").count();
    assert_eq!((answered, entries.len()), (1600, 4800));
}

#[tokio::test]
async fn a_body_in_pieces_arrives_whole_up_to_the_limit() {
    let gateway = gateway("rules: [{ when: { contains: the end }, then: { decision: ALLOW } }]").await;
    let frame = r#"{"method":"GET","url":"https://a.example","body":"the end"}"#;
    let body = frame.replace("the end", &format!("{}the end", "x".repeat(256 * 1024 - frame.len())));
    let sent = request("POST", "/v1/scan", KEY, &body);
    let (first, second) = sent.split_at(100_000);
    let mut client = client(&gateway).await;
    client.write(first.as_bytes()).await;
    tokio::task::yield_now().await;
    client.write(second.as_bytes()).await;
    assert_eq!(client.read(false).await.expect("an answer").text("decision"), "ALLOW");
    let Event::Arrived { body: seen, .. } = &gateway.journal().entries()[0] else { panic!("an arrival comes first") };
    assert!(*seen == body.as_bytes() && body.len() == 256 * 1024);
}
