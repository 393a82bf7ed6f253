//! An operator's own small client of the admin API, over a plain socket.

use std::net::SocketAddr;
use std::time::Duration;

use mock_gateway::MockGateway;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) const TOKEN: &str = "a-token-of-the-tests";

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Desk {
    pub(crate) address: SocketAddr,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Desk {
    pub(crate) fn of(gateway: &MockGateway) -> Self {
        Self { address: gateway.admin().expect("an admin API").address() }
    }

    fn headers(&self) -> String {
        format!("Host: {}\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n", self.address)
    }

    /// Asks for something that there is.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.send("GET", path, "").await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        self.raw(method, path, &self.headers(), body).await
    }

    /// Sends exactly these headers.
    pub(crate) async fn raw(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        exchange(self.address, &format!("{method} /admin/v1{path}"), headers, body).await
    }

    /// Sends a request of which the last byte is missing, and hangs up.
    pub(crate) async fn break_off(&self, method: &str, path: &str, body: &str) {
        let mut stream = TcpStream::connect(self.address).await.expect("an open port");
        let (headers, length) = (self.headers(), body.len() + 1);
        let text = format!("{method} /admin/v1{path} HTTP/1.1\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
        stream.write_all(text.as_bytes()).await.expect("it reads");
        stream.shutdown().await.expect("an open connection");
        let mut rest = Vec::new();
        _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("the connection ends");
    }

    /// What a guard would be answered.
    pub(crate) async fn scan(&self, gateway: &MockGateway, body: &str) -> Value {
        let headers = "Host: gateway\r\nAuthorization: Bearer iv_test_1\r\n";
        exchange(gateway.address(), "POST /v1/scan", headers, body).await.json()
    }

    pub(crate) async fn follow(&self, query: &str) -> Stream {
        let mut stream = TcpStream::connect(self.address).await.expect("an open port");
        let text = format!("GET /admin/v1/journal/stream{query} HTTP/1.1\r\n{}\r\n", self.headers());
        stream.write_all(text.as_bytes()).await.expect("it reads");
        let mut stream = Stream { stream, unread: Vec::new() };
        let head = stream.until(b"\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("application/x-ndjson"), "{head}");
        stream
    }
}

/// The journal as it grows.
pub(crate) struct Stream {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Stream {
    /// The next lines.
    pub(crate) async fn lines(&mut self, count: usize) -> Vec<Value> {
        let mut lines = Vec::new();
        while lines.len() < count {
            let line = self.until(b"\n").await;
            // Between the lines stand the sizes of chunks.
            if line.starts_with('{') {
                lines.push(serde_json::from_str(&line).expect("a line of JSON"));
            }
        }
        lines
    }

    /// Whether the other side has ended the connection.
    pub(crate) async fn is_over(&mut self) -> bool {
        let mut rest = Vec::new();
        tokio::time::timeout(PATIENCE, self.stream.read_to_end(&mut rest)).await.is_ok()
    }

    async fn until(&mut self, end: &[u8]) -> String {
        loop {
            if let Some(at) = self.unread.windows(end.len()).position(|window| window == end) {
                let rest = self.unread.split_off(at + end.len());
                return String::from_utf8(std::mem::replace(&mut self.unread, rest)).expect("text");
            }
            let read = tokio::time::timeout(PATIENCE, self.stream.read_buf(&mut self.unread)).await;
            assert_ne!(read.expect("more in time").expect("an open connection"), 0, "the stream ended");
        }
    }
}

/// One request on a connection of its own.
async fn exchange(address: SocketAddr, start: &str, headers: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(address).await.expect("an open port");
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let text = format!("{start} HTTP/1.1\r\nConnection: close\r\n{headers}{length}\r\n{body}");
    stream.write_all(text.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer)).await.expect("in time").expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status");
    let headers =
        lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    Answer { status, headers: headers.collect(), body: body.to_owned() }
}
