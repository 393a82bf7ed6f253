//! The HTTP client: one budget for a whole scan, one second attempt where it can do no harm, and every
//! way of failing told apart. Verdicts are never kept. Never MCP.

mod budget;
mod failure;
mod link;

use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, USER_AGENT};
use hyper::{Request, Response, Uri};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use crate::config::{Config, GatewayUrl};
use crate::key::ApiKey;
use crate::scan::{Scan, ScanResponse, WireBody};
use crate::verdict::{Receipt, Verdict};
use budget::Budget;
use link::{Heard, Link, MOST_CONNECTIONS};

pub use failure::{Question, ScanError};

/// The longest answer that is read, in bytes: a sanitized body is about as long as the body was, and
/// a line of a client is at most this long.
pub const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Asks one gateway.
pub struct Gateway {
    url: GatewayUrl,
    key: ApiKey,
    timeout: Duration,
    agent_id: Option<String>,
    link: OnceLock<Link>,
    /// A client may have a thousand calls in flight; file descriptors are fewer.
    connections: Semaphore,
}

impl Gateway {
    /// A client of the configured gateway. Nothing is built or connected before the first request.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            url: config.gateway.clone(),
            key: config.key.clone(),
            timeout: config.timeout,
            agent_id: config.agent_id.clone(),
            link: OnceLock::new(),
            connections: Semaphore::new(MOST_CONNECTIONS),
        }
    }

    /// Asks whether a call that `arrived` then may run. Dropping the future drops the request.
    ///
    /// # Errors
    /// Whatever is not a verdict within the budget.
    pub async fn scan(&self, scan: &Scan, arrived: Instant) -> Result<Verdict, ScanError> {
        let body = scan.encode(self.agent_id.as_deref());
        let answer = self.ask("/v1/scan", body, Question::Scan, arrived).await?;
        Ok(Verdict::read(&answer)?)
    }

    /// Reports what a call returned. Dropping the future drops the request.
    ///
    /// # Errors
    /// Whatever is not a receipt within the budget.
    pub async fn report(&self, response: &ScanResponse, arrived: Instant) -> Result<Receipt, ScanError> {
        let answer = self.ask("/v1/scan/response", response.encode(), Question::Response, arrived).await?;
        Ok(Receipt::read(&answer)?)
    }

    async fn ask(&self, path: &str, body: WireBody, question: Question, arrived: Instant) -> Result<Bytes, ScanError> {
        let mut budget = Budget::since(arrived, self.timeout);
        let uri = self.url.join(path);
        let first = match self.attempt(uri.clone(), &body, &mut budget).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let Some(wait) = first.retry(question, budget.left()) else { return Err(first) };
        sleep(wait).await;
        self.attempt(uri, &body, &mut budget).await.map_err(|second| first.followed_by(second))
    }

    async fn attempt(&self, uri: Uri, body: &WireBody, budget: &mut Budget) -> Result<Bytes, ScanError> {
        let _connection = budget.wait(self.connections.acquire()).await?;
        budget.spend(self.send(uri, body)).await
    }

    async fn send(&self, uri: Uri, body: &WireBody) -> Result<Bytes, ScanError> {
        let mut request = Request::post(uri).body(Full::new(body.pieces())).expect("a method and a URI make a request");
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, self.key.authorization());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("mcp-guard/", env!("CARGO_PKG_VERSION"))));
        let link = self.link.get_or_init(|| Link::new(self.url.is_https()));
        let response = link.send(request).await?;
        match response.status().as_u16() {
            200 => whole(response).await.and_then(|answer| {
                // A debugging gateway or proxy may send its request back; the model must not read the key.
                if self.key.is_in(&answer) { Err(ScanError::KeyEchoed) } else { Ok(answer) }
            }),
            status => Err(failed(status, response.headers())),
        }
    }
}

/// Reads an answer to its end.
async fn whole(response: Response<Incoming>) -> Result<Bytes, ScanError> {
    let heard = response.extensions().get::<Heard>().cloned();
    match Limited::new(response.into_body(), MAX_ANSWER).collect().await {
        Ok(body) => {
            heard.iter().for_each(Heard::forget);
            Ok(body.to_bytes())
        }
        Err(error) if error.is::<LengthLimitError>() => Err(ScanError::Oversized(MAX_ANSWER)),
        Err(_) => Err(ScanError::Broken),
    }
}

/// What a status other than 200 means (documented by the vendor's API).
fn failed(status: u16, headers: &HeaderMap) -> ScanError {
    match status {
        300..400 => ScanError::Redirect(status),
        400 => ScanError::Invalid,
        401 | 403 => ScanError::Key(status),
        413 => ScanError::TooLarge,
        429 => {
            let seconds = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
            ScanError::RateLimited { retry_after: seconds }
        }
        500.. => ScanError::Server(status),
        _ => ScanError::Status(status),
    }
}
