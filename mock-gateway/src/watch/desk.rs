//! The admin API from outside, over plain HTTP: one question on a connection of its own, or the journal
//! as it grows. Never what is shown; the token is in no message.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::net::TcpStream;

/// Where the paths of the admin API begin.
const BASE: &str = "/admin/v1";

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Problem {
    /// Nobody answers there, or nobody of ours.
    #[error("no gateway answers at {address}: {why}; start one with mock-gateway --admin")]
    Silent {
        /// Host and port.
        address: String,
        /// What the system said.
        why: String,
    },
    /// The gateway's own words, or those for what cannot be sent to it.
    #[error("{0}")]
    Refused(String),
}

/// A way to one admin API.
pub(super) struct Desk {
    /// Host and port, as the gateway wants them in `Host`.
    address: String,
    token: String,
}

/// An id as a segment of a path.
pub(super) fn encoded(id: &str) -> String {
    utf8_percent_encode(id, NON_ALPHANUMERIC).to_string()
}

impl Desk {
    /// # Errors
    /// The address is not one that the gateway prints.
    pub(super) fn new(url: &str, token: &str) -> Result<Self, String> {
        let rest =
            url.strip_prefix("http://").map(|rest| rest.strip_suffix(BASE).unwrap_or(rest).trim_end_matches('/'));
        let address = rest.filter(|address| !address.is_empty() && !address.contains('/'));
        let wrong = || format!("cannot use {url}: write it as it was printed, such as http://127.0.0.1:4871{BASE}");
        Ok(Self { address: address.ok_or_else(wrong)?.to_owned(), token: token.to_owned() })
    }

    /// Asks for something, and gives the answer.
    ///
    /// # Errors
    /// What failed, and what to do, in the gateway's words where it has some.
    pub(super) async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, Problem> {
        let (status, body) = self.send(method, path, body).await?.into_parts();
        let text = body.collect().await.map_err(|error| self.silent(error))?.to_bytes();
        let answer: Value = serde_json::from_slice(&text).map_err(|error| self.silent(error))?;
        if status.status.is_success() {
            return Ok(answer);
        }
        let said = |name: &str| super::view::clean(answer[name].as_str().unwrap_or_default());
        Err(Problem::Refused(format!("{}: {}", said("error"), said("remedy"))))
    }

    /// Follows the journal after this request.
    ///
    /// # Errors
    /// As for a question.
    pub(super) async fn follow(&self, after: u64) -> Result<Lines, Problem> {
        let answer = self.send("GET", &format!("/journal/stream?after={after}"), None).await?;
        Ok(Lines { body: answer.into_body(), rest: Vec::new() })
    }

    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Result<Response<Incoming>, Problem> {
        let stream = TcpStream::connect(&self.address).await.map_err(|error| self.silent(error))?;
        let connection = http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = connection.map_err(|error| self.silent(error))?;
        // It ends with the answer's body, or with the gateway.
        tokio::spawn(connection);
        let mut request = Request::builder().method(method).uri(format!("{BASE}{path}"));
        request = request.header(HOST, &self.address).header(AUTHORIZATION, format!("Bearer {}", self.token));
        let body = body.map(|body| body.to_string());
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let wrong =
            |_| Problem::Refused(format!("cannot ask {}: the token has characters that no token has", self.address));
        let request = request.body(Full::new(Bytes::from(body.unwrap_or_default()))).map_err(wrong)?;
        sender.send_request(request).await.map_err(|error| self.silent(error))
    }

    fn silent(&self, error: impl std::fmt::Display) -> Problem {
        Problem::Silent { address: self.address.clone(), why: error.to_string() }
    }
}

/// The journal as it grows.
pub(super) struct Lines {
    body: Incoming,
    rest: Vec<u8>,
}

impl Lines {
    /// The next events; `None` when the gateway has ended. What is not taken stays.
    ///
    /// # Errors
    /// A line that is no JSON.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Value>>, String> {
        loop {
            let Some(Ok(frame)) = self.body.frame().await else { return Ok(None) };
            self.rest.extend_from_slice(frame.data_ref().map_or(&[], |data| data));
            let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') else { continue };
            let whole: Vec<u8> = self.rest.drain(..=end).collect();
            let lines = whole.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            let events: Result<Vec<Value>, _> = lines.map(serde_json::from_slice).collect();
            return events.map(Some).map_err(|error| format!("cannot read the journal: {error}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_as_it_was_printed() {
        for url in ["http://127.0.0.1:4871/admin/v1", "http://127.0.0.1:4871", "http://127.0.0.1:4871/"] {
            assert_eq!(Desk::new(url, "t").map(|desk| desk.address), Ok("127.0.0.1:4871".to_owned()), "{url}");
        }
        for url in ["", "127.0.0.1:4871", "https://127.0.0.1:4871", "http://", "http://127.0.0.1:4871/console/"] {
            let problem = Desk::new(url, "secret").map(|_| ()).unwrap_err();
            assert!(problem.contains("as it was printed") && !problem.contains("secret"), "{problem}");
        }
    }
}
