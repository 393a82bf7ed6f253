//! The gateway client against a gateway of another make: every status, every way of breaking off, what
//! is tried again and what never is, and the bytes on the wire.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::ffi::OsString;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use mcp_guard::approval::Status;
use mcp_guard::config::Config;
use mcp_guard::gateway::{Gateway, MAX_ANSWER, ScanError};
use mcp_guard::json::Object;
use mcp_guard::scan::{Scan, ScanResponse};
use mcp_guard::verdict::{Decision, VerdictError};
use tokio::time::Instant;
use wiremock::matchers::{body_string, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const ALLOW: &str = r#"{"decision":"ALLOW","trace_id":"t-1"}"#;

fn gateway_with(url: &str, more: &[(&str, &str)]) -> Gateway {
    let fixed = [("INTERVEN_API_KEY", "iv_live_canary"), ("INTERVEN_GATEWAY_URL", url)];
    let lookup = |name: &str| {
        let set = more.iter().chain(&fixed).find(|(variable, _)| *variable == name);
        set.map(|(_, value)| OsString::from(value))
    };
    Gateway::new(&Config::read(lookup).unwrap())
}

fn gateway(url: &str) -> Gateway {
    gateway_with(url, &[("INTERVEN_SCAN_TIMEOUT_MS", "5000")])
}

fn call() -> Scan {
    let arguments = br#"{"tool_name":"slack","url":"https://slack.com/api","method":"POST","body":{"n":1.10}}"#;
    Scan::read(&Object::read(&Bytes::from_static(arguments)).unwrap().unwrap()).unwrap()
}

fn response() -> ScanResponse {
    let arguments = br#"{"trace_id":"t-1","response_body":[1e400]}"#;
    ScanResponse::read(&Object::read(&Bytes::from_static(arguments)).unwrap().unwrap()).unwrap()
}

/// A gateway that gives these answers in turn, the last one for good.
async fn answering(answers: impl IntoIterator<Item = ResponseTemplate>) -> MockServer {
    let server = MockServer::start().await;
    let mut answers: Vec<_> = answers.into_iter().collect();
    let last = answers.pop().unwrap();
    for answer in answers {
        Mock::given(method("POST")).respond_with(answer).up_to_n_times(1).mount(&server).await;
    }
    Mock::given(method("POST")).respond_with(last).mount(&server).await;
    server
}

fn status(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status)
}

fn json(text: impl Into<Vec<u8>>) -> ResponseTemplate {
    status(200).set_body_raw(text, "application/json")
}

async fn asked(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

#[tokio::test]
async fn a_scan_is_sent_byte_for_byte_under_the_key() {
    let server = MockServer::start().await;
    Mock::given(path("/prefix/v1/scan"))
        .and(header("authorization", "Bearer iv_live_canary"))
        .and(header("content-type", "application/json"))
        .and(body_string(
            r#"{"runtime_type":"mcp","agent_id":"a-1","tool_name":"slack","method":"POST","url":"https://slack.com/api","body":{"n":1.10}}"#,
        ))
        .respond_with(json(ALLOW))
        .expect(1)
        .mount(&server)
        .await;
    let gateway = gateway_with(&format!("{}/prefix/", server.uri()), &[("INTERVEN_AGENT_ID", "a-1")]);
    let verdict = gateway.scan(&call(), Instant::now()).await.unwrap();
    assert_eq!((verdict.decision(), verdict.text()), (Decision::Allow, ALLOW));
}

#[tokio::test]
async fn a_response_is_reported_byte_for_byte() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/scan/response"))
        .and(body_string(r#"{"trace_id":"t-1","response_body":[1e400]}"#))
        .respond_with(json(r#"{"data_classes":["PII"],"new":1.0}"#))
        .expect(1)
        .mount(&server)
        .await;
    let receipt = gateway(&server.uri()).report(&response(), Instant::now()).await.unwrap();
    assert_eq!(receipt.text(), r#"{"data_classes":["PII"],"new":1.0}"#);
}

#[tokio::test]
async fn every_status_is_what_it_is_and_only_server_errors_are_tried_twice() {
    use ScanError::{Invalid, Key, RateLimited, Redirect, Server, Status, TooLarge};
    for (code, error, attempts) in [
        (204, Status(204), 1),
        (301, Redirect(301), 1),
        (307, Redirect(307), 1),
        (400, Invalid, 1),
        (401, Key(401), 1),
        (403, Key(403), 1),
        (404, Status(404), 1),
        (408, Status(408), 1),
        (413, TooLarge, 1),
        (429, RateLimited { retry_after: None }, 1),
        (500, Server(500), 2),
        (503, Server(503), 2),
    ] {
        // The body of a failure says ALLOW, and says it in vain.
        let answer = status(code).set_body_raw(ALLOW, "application/json").insert_header("location", "/elsewhere");
        let server = answering([answer]).await;
        assert_eq!(gateway(&server.uri()).scan(&call(), Instant::now()).await, Err(error), "{code}");
        assert_eq!(asked(&server).await, attempts, "{code}");
    }
}

#[tokio::test]
async fn a_report_is_never_sent_twice() {
    for answer in [status(500), status(429).insert_header("retry-after", "0")] {
        let server = answering([answer, json("{}")]).await;
        assert!(gateway(&server.uri()).report(&response(), Instant::now()).await.is_err());
        assert_eq!(asked(&server).await, 1);
    }
}

#[tokio::test]
async fn the_second_attempt_can_succeed() {
    for first in [status(502), status(429).insert_header("retry-after", "0")] {
        let server = answering([first, json(ALLOW)]).await;
        assert_eq!(gateway(&server.uri()).scan(&call(), Instant::now()).await.unwrap().decision(), Decision::Allow);
        assert_eq!(asked(&server).await, 2);
    }
}

#[tokio::test]
async fn there_is_no_third_attempt() {
    for (first, second, error) in [
        (status(500), status(502), ScanError::Server(502)),
        (status(500), status(401), ScanError::Key(401)),
        (status(500), status(429).insert_header("retry-after", "0"), ScanError::RateLimited { retry_after: Some(0) }),
    ] {
        let server = answering([first, second, json(ALLOW)]).await;
        assert_eq!(gateway(&server.uri()).scan(&call(), Instant::now()).await, Err(error));
        assert_eq!(asked(&server).await, 2);
    }
}

#[tokio::test]
async fn a_wait_longer_than_the_budget_is_not_begun() {
    let server = answering([status(429).insert_header("retry-after", "60"), json(ALLOW)]).await;
    let error = gateway(&server.uri()).scan(&call(), Instant::now()).await.unwrap_err();
    assert_eq!(error, ScanError::RateLimited { retry_after: Some(60) });
    assert_eq!(asked(&server).await, 1);
}

#[tokio::test]
async fn a_wait_that_fits_is_waited_out() {
    let server = answering([status(429).insert_header("retry-after", "1"), json(ALLOW)]).await;
    let begun = Instant::now();
    assert!(gateway(&server.uri()).scan(&call(), Instant::now()).await.is_ok());
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn neither_key_nor_body_follow_a_redirect() {
    let elsewhere = answering([json(ALLOW)]).await;
    let target = format!("{}/v1/scan", elsewhere.uri());
    let server = answering([status(308).insert_header("location", target.as_str())]).await;
    assert_eq!(gateway(&server.uri()).scan(&call(), Instant::now()).await, Err(ScanError::Redirect(308)));
    assert_eq!(asked(&elsewhere).await, 0);
}

#[tokio::test]
async fn a_bad_answer_is_a_failed_scan_and_not_asked_for_again() {
    for (answer, error) in [
        (&b"{}"[..], VerdictError::NoDecision),
        (br#"{"decision":"allow"}"#, VerdictError::NoDecision),
        (br#"{"decision":"SANITIZE"}"#, VerdictError::Incomplete("sanitized_body")),
        (br#"["ALLOW"]"#, VerdictError::NotAnObject),
    ] {
        let server = answering([json(answer)]).await;
        assert_eq!(gateway(&server.uri()).scan(&call(), Instant::now()).await, Err(ScanError::BadAnswer(error)));
        assert_eq!(asked(&server).await, 1);
    }
    for answer in
        [&b""[..], b"<html>", br#"{"decision":"ALLOW","#, br#"{"decision":"DENY","decision":"ALLOW"}"#, b"\xff"]
    {
        let server = answering([json(answer)]).await;
        let failed = gateway(&server.uri()).scan(&call(), Instant::now()).await;
        assert!(matches!(failed, Err(ScanError::BadAnswer(VerdictError::Unreadable(_)))), "{failed:?}");
    }
}

#[tokio::test]
async fn an_answer_that_holds_the_key_is_a_failed_scan() {
    for echo in ["iv_live_canary", r"\u0069v_live_canary"] {
        let server = answering([json(format!(r#"{{"decision":"ALLOW","debug":"Bearer {echo}"}}"#))]).await;
        assert_eq!(gateway(&server.uri()).scan(&call(), Instant::now()).await, Err(ScanError::KeyEchoed));
        assert_eq!(gateway(&server.uri()).report(&response(), Instant::now()).await, Err(ScanError::KeyEchoed));
    }
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let long = format!(r#"{{"decision":"ALLOW","x":"{}"}}"#, "x".repeat(MAX_ANSWER));
    let server = answering([json(long)]).await;
    assert_eq!(gateway(&server.uri()).scan(&call(), Instant::now()).await, Err(ScanError::Oversized(MAX_ANSWER)));
}

/// A client that reads nothing must not fill the memory, and must not open a door either.
#[tokio::test]
async fn answers_that_nobody_reads_leave_no_room_for_more() {
    let long = format!(r#"{{"decision":"ALLOW","x":"{}"}}"#, "x".repeat(3 << 20));
    let server = answering([json(long)]).await;
    let gateway = gateway_with(&server.uri(), &[("INTERVEN_SCAN_TIMEOUT_MS", "2000")]);
    let mut unread = Vec::new();
    for _ in 0..5 {
        unread.push(gateway.scan(&call(), Instant::now()).await.unwrap());
    }
    assert_eq!(gateway.scan(&call(), Instant::now()).await, Err(ScanError::Busy));
    unread.pop();
    assert!(gateway.scan(&call(), Instant::now()).await.is_ok());
}

#[tokio::test]
async fn an_answer_that_does_not_tell_its_length_is_read_to_its_end() {
    for length in [0, 20_000, 3 << 20] {
        let text = format!(r#"{{"decision":"ALLOW","x":"{}"}}"#, "x".repeat(length));
        let answer = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{text}");
        let (url, _) = on_the_wire(move |_, mut stream| {
            hear(&mut stream);
            say(&mut stream, &answer);
        });
        let gateway = gateway(&url);
        let held: Vec<_> = [gateway.scan(&call(), Instant::now()).await, gateway.scan(&call(), Instant::now()).await]
            .into_iter()
            .map(Result::unwrap)
            .collect();
        assert!(held.iter().all(|verdict| verdict.text() == text));
    }
}

#[tokio::test]
async fn the_budget_covers_all_attempts_together() {
    let slow = |code: u16| status(code).set_body_raw(ALLOW, "application/json").set_delay(Duration::from_millis(400));
    let server = answering([slow(500), slow(200)]).await;
    let gateway = gateway_with(&server.uri(), &[("INTERVEN_SCAN_TIMEOUT_MS", "600")]);
    let begun = Instant::now();
    assert_eq!(gateway.scan(&call(), Instant::now()).await, Err(ScanError::Timeout(Duration::from_millis(600))));
    assert!(begun.elapsed() < Duration::from_millis(780), "{:?}", begun.elapsed());
    assert_eq!(asked(&server).await, 2);
}

#[tokio::test]
async fn verdicts_are_not_kept() {
    let deny = r#"{"decision":"DENY","reason_codes":["PII"]}"#;
    let server = answering([json(ALLOW), json(deny)]).await;
    let gateway = gateway(&server.uri());
    let decide = async || gateway.scan(&call(), Instant::now()).await.unwrap().decision();
    assert_eq!([decide().await, decide().await], [Decision::Allow, Decision::Deny]);
}

/// A gateway that speaks plain TCP: does with its nth connection what `play` says, and counts them.
fn on_the_wire(play: impl Fn(usize, TcpStream) + Send + 'static) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            play(counted.fetch_add(1, Ordering::SeqCst), stream.unwrap());
        }
    });
    (url, connections)
}

#[tokio::test]
async fn a_limit_stands_though_the_gateway_is_gone_at_the_second_attempt() {
    const LIMITED: &str = "HTTP/1.1 429 Too Many\r\nretry-after: 0\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    for hang in [false, true] {
        let (url, connections) = on_the_wire(move |nth, mut stream| {
            hear(&mut stream);
            if nth == 0 {
                say(&mut stream, LIMITED);
            } else if hang {
                std::thread::spawn(move || stream.read(&mut [0]));
            }
        });
        let gateway = gateway_with(&url, &[("INTERVEN_SCAN_TIMEOUT_MS", "500")]);
        let error = gateway.scan(&call(), Instant::now()).await.unwrap_err();
        assert_eq!(error, ScanError::RateLimited { retry_after: Some(0) });
        assert_eq!(connections.load(Ordering::SeqCst), 2);
    }
}

#[tokio::test]
async fn who_waits_for_a_second_attempt_holds_no_connection() {
    let server = answering([json(ALLOW)]).await;
    let limited = status(429).insert_header("retry-after", "4");
    Mock::given(method("POST")).respond_with(limited).up_to_n_times(256).with_priority(1).mount(&server).await;
    let gateway = Arc::new(gateway(&server.uri()));
    let scan = || {
        let gateway = Arc::clone(&gateway);
        tokio::spawn(async move { gateway.scan(&call(), Instant::now()).await })
    };
    let waiting: Vec<_> = (0..256).map(|_| scan()).collect();
    while asked(&server).await < 256 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let begun = Instant::now();
    assert!(scan().await.unwrap().is_ok());
    assert!(begun.elapsed() < Duration::from_secs(2), "the last one had to wait for the others");
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
}

/// Reads one whole request, so that closing sends no reset of its own accord.
fn hear(stream: &mut TcpStream) {
    let mut heard = Vec::new();
    let mut some = [0; 1024];
    while !heard.ends_with(b"}") {
        let read = stream.read(&mut some).unwrap();
        assert_ne!(read, 0, "the client left early");
        heard.extend_from_slice(&some[..read]);
    }
}

fn say(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).unwrap();
}

fn whole_answer() -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{ALLOW}", ALLOW.len())
}

#[tokio::test]
async fn a_connection_that_breaks_before_any_byte_is_tried_again() {
    let (url, connections) = on_the_wire(|nth, mut stream| {
        hear(&mut stream);
        if nth > 0 {
            say(&mut stream, &whole_answer());
        }
    });
    assert!(gateway(&url).scan(&call(), Instant::now()).await.is_ok());
    assert_eq!(connections.load(Ordering::SeqCst), 2);

    let (url, connections) = on_the_wire(|_, mut stream| hear(&mut stream));
    assert_eq!(gateway(&url).scan(&call(), Instant::now()).await, Err(ScanError::Reset));
    assert_eq!(connections.load(Ordering::SeqCst), 2);
    assert_eq!(gateway(&url).report(&response(), Instant::now()).await, Err(ScanError::Reset));
    assert_eq!(connections.load(Ordering::SeqCst), 3, "a report is not sent again");
}

/// Padding a body must not turn the refusal of it into an outage.
#[tokio::test]
async fn a_large_body_that_is_hung_up_on_is_no_outage() {
    let (url, connections) = on_the_wire(|_, stream| drop(stream));
    let padded = format!(r#"{{"tool_name":"t","url":"mcp://x","method":"POST","body":"{}"}}"#, "x".repeat(300_000));
    let padded = Scan::read(&Object::read(&Bytes::from(padded)).unwrap().unwrap()).unwrap();
    let error = gateway(&url).scan(&padded, Instant::now()).await.unwrap_err();
    assert_eq!((error.clone(), error.is_outage()), (ScanError::Rejected, false));
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_connection_that_breaks_after_a_byte_is_not_tried_again() {
    let answer = whole_answer();
    for length in [1, 20, answer.find("\r\n\r\n").unwrap() + 4, answer.len() - 1] {
        let part = answer[..length].to_owned();
        let (url, connections) = on_the_wire(move |_, mut stream| {
            hear(&mut stream);
            say(&mut stream, &part);
        });
        assert_eq!(gateway(&url).scan(&call(), Instant::now()).await, Err(ScanError::Broken), "{length} bytes");
        assert_eq!(connections.load(Ordering::SeqCst), 1, "{length} bytes");
    }
}

/// The answer before was an error, whose text nobody read: it is no byte of this one.
#[tokio::test]
async fn a_connection_that_breaks_after_another_answer_is_tried_again() {
    let (url, connections) = on_the_wire(|nth, mut stream| {
        for _ in 0..if nth == 0 { 2 } else { 0 } {
            hear(&mut stream);
            say(&mut stream, "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 4\r\n\r\ndown");
        }
        hear(&mut stream);
        if nth > 0 {
            say(&mut stream, &whole_answer());
        }
    });
    let gateway = gateway(&url);
    assert_eq!(gateway.scan(&call(), Instant::now()).await, Err(ScanError::Server(503)));
    assert!(gateway.scan(&call(), Instant::now()).await.is_ok());
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn one_connection_serves_many_scans_and_its_loss_between_them_is_no_failure() {
    let (url, connections) = on_the_wire(|nth, mut stream| {
        // The first connection is closed after two answers, without a word.
        for _ in 0..if nth == 0 { 2 } else { 3 } {
            hear(&mut stream);
            say(&mut stream, &whole_answer());
        }
    });
    let gateway = gateway(&url);
    for _ in 0..5 {
        assert!(gateway.scan(&call(), Instant::now()).await.is_ok());
    }
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_kept_connection_that_breaks_before_any_byte_is_tried_again() {
    let (url, connections) = on_the_wire(|nth, mut stream| {
        hear(&mut stream);
        say(&mut stream, &whole_answer());
        hear(&mut stream);
        if nth > 0 {
            say(&mut stream, &whole_answer());
        }
    });
    let gateway = gateway(&url);
    assert!(gateway.scan(&call(), Instant::now()).await.is_ok());
    assert!(gateway.scan(&call(), Instant::now()).await.is_ok());
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn what_is_no_http_is_not_asked_again() {
    let (url, connections) = on_the_wire(|_, mut stream| {
        hear(&mut stream);
        say(&mut stream, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
    });
    assert_eq!(gateway(&url).scan(&call(), Instant::now()).await, Err(ScanError::NotHttp));
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_answer_that_drips_is_over_when_the_budget_is() {
    let (url, _) = on_the_wire(|_, mut stream| {
        std::thread::spawn(move || {
            hear(&mut stream);
            for byte in whole_answer().bytes() {
                if stream.write_all(&[byte]).is_err() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        });
    });
    let gateway = gateway_with(&url, &[("INTERVEN_SCAN_TIMEOUT_MS", "300")]);
    let begun = Instant::now();
    assert_eq!(gateway.scan(&call(), Instant::now()).await, Err(ScanError::Timeout(Duration::from_millis(300))));
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn nobody_listening_is_refused() {
    let url = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    assert_eq!(gateway(&url).scan(&call(), Instant::now()).await, Err(ScanError::Refused));
    assert_eq!(gateway(&url).report(&response(), Instant::now()).await, Err(ScanError::Refused));
}

#[tokio::test]
async fn tls_that_fails_is_not_tried_again_and_no_outage() {
    let (url, connections) = on_the_wire(|_, mut stream| say(&mut stream, "HTTP/1.1 400 Bad Request\r\n\r\n"));
    let error = gateway(&url.replace("http://", "https://")).scan(&call(), Instant::now()).await.unwrap_err();
    assert_eq!((error.clone(), error.is_outage()), (ScanError::Tls, false));
    assert_eq!(connections.load(Ordering::SeqCst), 1);

    // A peer that hangs up in the middle of a handshake is no better.
    let (url, connections) = on_the_wire(|_, stream| drop(stream));
    assert_eq!(gateway(&url.replace("http://", "https://")).scan(&call(), Instant::now()).await, Err(ScanError::Tls));
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn dropping_a_scan_drops_its_request() {
    let (left, leaving) = std::sync::mpsc::channel();
    let (url, _) = on_the_wire(move |_, mut stream| {
        hear(&mut stream);
        let left = left.clone();
        std::thread::spawn(move || left.send(stream.read(&mut [0]).unwrap_or(0)));
    });
    let gateway = gateway(&url);
    let call = call();
    let cancelled = tokio::time::timeout(Duration::from_millis(100), gateway.scan(&call, Instant::now())).await;
    assert!(cancelled.is_err());
    // The connection's own task needs a turn to see that nobody waits.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(leaving.recv_timeout(Duration::from_secs(2)), Ok(0));
}

#[tokio::test]
async fn a_flood_is_no_outage() {
    let slow = json(r#"{"decision":"DENY"}"#).set_delay(Duration::from_millis(300));
    let server = answering([slow]).await;
    let gateway = Arc::new(gateway_with(&server.uri(), &[("INTERVEN_SCAN_TIMEOUT_MS", "1000")]));
    let scans = (0..2000).map(|_| {
        let gateway = Arc::clone(&gateway);
        tokio::spawn(async move { gateway.scan(&call(), Instant::now()).await })
    });
    let mut busy = 0;
    for scan in scans.collect::<Vec<_>>() {
        match scan.await.unwrap() {
            Ok(verdict) => assert_eq!(verdict.decision(), Decision::Deny),
            Err(error) => {
                assert!(!error.is_outage(), "{error}");
                busy += usize::from(error == ScanError::Busy);
            }
        }
    }
    assert!(busy > 0, "the flood was too small to show anything");
}

#[tokio::test]
async fn many_scans_at_once_are_all_answered() {
    let server = answering([json(ALLOW)]).await;
    let gateway = Arc::new(gateway(&server.uri()));
    let scans = (0..600).map(|_| {
        let gateway = Arc::clone(&gateway);
        tokio::spawn(async move { gateway.scan(&call(), Instant::now()).await })
    });
    for scan in scans.collect::<Vec<_>>() {
        assert!(scan.await.unwrap().is_ok());
    }
    assert_eq!(asked(&server).await, 600);
}

#[tokio::test]
async fn how_an_approval_stands_is_asked_once_and_of_this_approval_alone() {
    let server = MockServer::start().await;
    let pending =
        ResponseTemplate::new(200).set_body_raw(r#"{"approval_id":"a/1","status":"pending"}"#, "application/json");
    Mock::given(method("GET"))
        .and(path("/prefix/v1/approvals/a%2F1/status"))
        .and(header("authorization", "Bearer iv_live_canary"))
        .respond_with(pending)
        .mount(&server)
        .await;
    let gateway = gateway(&format!("{}/prefix", server.uri()));
    assert_eq!(gateway.status("a/1").await, Ok(Status::Pending));
    assert_eq!(gateway.status("a/2").await, Err(ScanError::Status(404)));
    let too_long = "a".repeat(2000);
    assert_eq!(gateway.status(&too_long).await, Err(ScanError::BadAnswer(VerdictError::WrongType("approval_id"))));
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 2, "the longest was not asked about, and nothing was asked twice");
    assert!(requests.iter().all(|request| request.body.is_empty() && !request.headers.contains_key("content-type")));

    let down = MockServer::start().await;
    Mock::given(method("GET")).respond_with(status(500)).mount(&down).await;
    assert_eq!(self::gateway(&down.uri()).status("a").await, Err(ScanError::Server(500)));
    assert_eq!(down.received_requests().await.unwrap().len(), 1, "who asks again anyway does not try twice");
}
