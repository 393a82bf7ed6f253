//! A small HTTP client of the tests' own, over a plain socket: it shares no code with the server.

use std::net::SocketAddr;
use std::time::Duration;

use mock_gateway::Event;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedReceiver;

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Client {
    stream: TcpStream,
    unread: Vec<u8>,
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

    /// The text of one field of the answer.
    pub(crate) fn text(&self, field: &str) -> String {
        let json = mock_gateway::json::Json::parse(self.body.as_bytes()).expect("an answer in JSON");
        json.get(field).and_then(|value| value.as_str()).unwrap_or_else(|| panic!("{field} in {json}")).to_owned()
    }
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> std::io::Result<Self> {
        Ok(Self { stream: TcpStream::connect(address).await?, unread: Vec::new() })
    }

    /// Sends bytes as they are.
    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("the gateway reads");
    }

    pub(crate) async fn post(&mut self, path: &str, body: &str) -> Answer {
        self.send("POST", path, "Authorization: Bearer iv_test_1\r\n", body).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, "Authorization: Bearer iv_test_1\r\n", "").await
    }

    pub(crate) async fn send(&mut self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        self.write(request(method, path, headers, body).as_bytes()).await;
        self.read(method == "HEAD").await.expect("an answer")
    }

    /// The next answer; `None` when the connection ends first.
    pub(crate) async fn read(&mut self, bodiless: bool) -> Option<Answer> {
        let head = loop {
            if let Some(at) = self.unread.windows(4).position(|window| window == b"\r\n\r\n") {
                let rest = self.unread.split_off(at + 4);
                break String::from_utf8(std::mem::replace(&mut self.unread, rest)).expect("a head in ASCII");
            }
            self.more().await?;
        };
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = if bodiless { 0 } else { length.map_or(0, |(_, length)| length.parse().expect("a length")) };
        while self.unread.len() < length {
            self.more().await?;
        }
        let rest = self.unread.split_off(length);
        let body = String::from_utf8(std::mem::replace(&mut self.unread, rest)).expect("a body in UTF-8");
        Some(Answer { status, headers, body })
    }

    /// Whether the other side has closed or reset the connection.
    pub(crate) async fn is_closed(&mut self) -> bool {
        self.more().await.is_none()
    }

    async fn more(&mut self) -> Option<()> {
        let read = tokio::time::timeout(PATIENCE, self.stream.read_buf(&mut self.unread)).await;
        match read.expect("the gateway answers or closes") {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(()),
        }
    }
}

pub(crate) fn request(method: &str, path: &str, headers: &str, body: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: gateway\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// The next event of the journal.
pub(crate) async fn next(events: &mut UnboundedReceiver<Event>) -> Event {
    tokio::time::timeout(PATIENCE, events.recv()).await.expect("an event in time").expect("a running gateway")
}
