//! A gateway that answers each request as a test says. Never a verdict of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// What a request gets: a status and a body, or nothing for ever.
pub(crate) type Reply = Option<(u16, String)>;

/// A running gateway.
pub(crate) struct Gateway {
    pub(crate) address: String,
    asked: Receiver<String>,
}

impl Gateway {
    /// Answers each request, whose path and body stand on one line, by this.
    pub(crate) fn new(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (tell, asked) = channel();
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, tell) = (Arc::clone(&answer), tell.clone());
                std::thread::spawn(move || serve(stream.unwrap(), &*answer, &tell));
            }
        });
        Self { address, asked }
    }

    /// Gives every scan this verdict.
    pub(crate) fn saying(verdict: &'static str) -> Self {
        Self::new(move |_| Some((200, verdict.to_owned())))
    }

    /// Lets everything through except what mentions `secret`, which it denies.
    pub(crate) fn denying_secrets() -> Self {
        Self::new(|asked| {
            let denied = asked.contains("secret");
            let verdict = if denied { r#"{"decision":"DENY","reason_codes":["SECRETS"]}"# } else { ALLOW };
            Some((200, verdict.to_owned()))
        })
    }

    /// Asks for an approval, says this of it, and once it was looked at gives this verdict.
    pub(crate) fn asking(status: &'static str, then: &'static str) -> Self {
        let polled = AtomicBool::new(false);
        Self::new(move |asked| {
            if asked.starts_with("/v1/approvals/") {
                polled.store(true, Ordering::SeqCst);
                return Some((200, format!(r#"{{"status":"{status}"}}"#)));
            }
            Some((200, if polled.load(Ordering::SeqCst) { then } else { HELD }.to_owned()))
        })
    }

    /// The next request, which is due by now.
    pub(crate) fn next(&self) -> String {
        self.asked.recv_timeout(Duration::from_secs(10)).expect("the gateway is asked")
    }

    pub(crate) fn was_not_asked(&self) -> bool {
        self.asked.try_recv().is_err()
    }
}

pub(crate) const HELD: &str = r#"{"decision":"REQUIRE_APPROVAL","approval_id":"a/1","approval_url":"https://x/a-1"}"#;

pub(crate) const ALLOW: &str = r#"{"decision":"ALLOW","trace_id":"t-1"}"#;

fn serve(mut stream: TcpStream, answer: &dyn Fn(&str) -> Reply, tell: &Sender<String>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
    }
    let lower = head.to_ascii_lowercase();
    let length = lower.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()).unwrap_or("0");
    let mut body = vec![0; length.trim().parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let path = head.split(' ').nth(1).unwrap();
    let asked = format!("{path} {}", String::from_utf8(body).unwrap());
    // The test may have ended by now, and listens no more.
    let _ = tell.send(asked.clone());
    match answer(&asked) {
        Some((status, body)) => {
            let head = format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close");
            let _ = stream.write_all(format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).as_bytes());
        }
        None => {
            let _ = stream.read(&mut [0]);
            let _ = tell.send("hung up".into());
        }
    }
}
