//! The HTTP client: one budget for a whole scan, one second attempt where it can do no harm, and every
//! way of failing told apart. Verdicts are never kept. Never MCP.

mod budget;
mod failure;
mod link;

use std::sync::OnceLock;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, USER_AGENT};
use hyper::{Method, Request, Response, Uri};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use crate::approval::Status;
use crate::config::{Config, GatewayUrl};
use crate::key::ApiKey;
use crate::room::{Held, Room};
use crate::scan::{Scan, ScanResponse, WireBody, segment};
use crate::verdict::{Receipt, Verdict, VerdictError};
use budget::Budget;
use link::{Link, MOST_CONNECTIONS};

pub use failure::{Question, ScanError};

/// The longest answer that is read, in bytes: a sanitized body is about as long as the body was, and
/// a line of a client is at most this long.
pub const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// The body that every plan accepts, in bytes (documented by the vendor's API).
const USUAL_LIMIT: usize = 256 * 1024;

/// What an answer of unknown length is taken for at first, in bytes.
const LEAST_ANSWER: usize = 16 * 1024;

/// What all answers may hold from their first byte until the client has read them, in bytes. A line to
/// the client says everything twice.
const ANSWERS: usize = 16 * 1024 * 1024;

/// In bytes; an address of a gateway leaves room for it.
const LONGEST_PATH: usize = 1024;

/// Asks one gateway.
pub struct Gateway {
    url: GatewayUrl,
    key: ApiKey,
    timeout: Duration,
    agent_id: Option<String>,
    link: OnceLock<Link>,
    /// A client may have a thousand calls in flight; file descriptors are fewer.
    connections: Semaphore,
    answers: Room,
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
            answers: Room::new(ANSWERS),
        }
    }

    /// Asks whether a call that `arrived` then may run. Dropping the future drops the request.
    ///
    /// # Errors
    /// Whatever is not a verdict within the budget.
    pub async fn scan(&self, scan: &Scan, arrived: Instant) -> Result<Held<Verdict>, ScanError> {
        let body = scan.encode(self.agent_id.as_deref());
        let answer = self.ask("/v1/scan", Some(body), Question::Scan, arrived).await?;
        Ok(answer.try_map(Verdict::read)?)
    }

    /// Reports what a call returned. Dropping the future drops the request.
    ///
    /// # Errors
    /// Whatever is not a receipt within the budget.
    pub async fn report(&self, response: &ScanResponse, arrived: Instant) -> Result<Held<Receipt>, ScanError> {
        let answer = self.ask("/v1/scan/response", Some(response.encode()), Question::Response, arrived).await?;
        Ok(answer.try_map(Receipt::read)?)
    }

    /// Asks once how an approval stands.
    ///
    /// # Errors
    /// Whatever is not a status within the budget of a scan.
    pub async fn status(&self, approval_id: &str) -> Result<Status, ScanError> {
        let path = format!("/v1/approvals/{}/status", segment(approval_id));
        if path.len() > LONGEST_PATH {
            return Err(VerdictError::WrongType("approval_id").into());
        }
        let answer = self.ask(&path, None, Question::Status, Instant::now()).await?;
        Ok(Status::read(&answer, approval_id)?)
    }

    async fn ask(
        &self,
        path: &str,
        body: Option<WireBody>,
        question: Question,
        arrived: Instant,
    ) -> Result<Held<Bytes>, ScanError> {
        let mut budget = Budget::since(arrived, self.timeout);
        let uri = self.url.join(path);
        let first = match self.attempt(uri.clone(), body.as_ref(), &mut budget).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let Some(wait) = first.retry(question, budget.left()) else { return Err(first) };
        sleep(wait).await;
        self.attempt(uri, body.as_ref(), &mut budget).await.map_err(|second| first.followed_by(second))
    }

    async fn attempt(&self, uri: Uri, body: Option<&WireBody>, budget: &mut Budget) -> Result<Held<Bytes>, ScanError> {
        let _connection = budget.wait(self.connections.acquire()).await?;
        let response = budget.spend(self.send(uri, body)).await.map_err(|error| match error {
            // A gateway that will not read so much may hang up on its own 413, which is then never heard.
            ScanError::Reset if body.is_some_and(|body| body.size() > USUAL_LIMIT) => ScanError::Rejected,
            error => error,
        })?;
        let answer = self.whole(response, budget).await?;
        // A debugging gateway or proxy may send its request back; the model must not read the key.
        if self.key.is_in(&answer) { Err(ScanError::KeyEchoed) } else { Ok(answer) }
    }

    /// Sends a body, or asks for what stands there.
    async fn send(&self, uri: Uri, body: Option<&WireBody>) -> Result<Response<Incoming>, ScanError> {
        let mut request = Request::new(body.map_or_else(Full::default, |body| Full::new(body.pieces())));
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, self.key.authorization());
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("mcp-guard/", env!("CARGO_PKG_VERSION"))));
        if body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.method_mut() = Method::POST;
        }
        let link = self.link.get_or_init(|| Link::new(self.url.is_https()));
        let response = link.send(request).await?;
        match response.status().as_u16() {
            200 => Ok(response),
            status => Err(failed(status, response.headers())),
        }
    }

    /// Reads an answer to its end, as far as there is room to hold it until the client has read it.
    async fn whole(&self, response: Response<Incoming>, budget: &mut Budget) -> Result<Held<Bytes>, ScanError> {
        let mut body = response.into_body();
        // An answer that does not tell its length begins small, and may then become the longest.
        let length = body.size_hint().exact().map_or(Ok(LEAST_ANSWER), usize::try_from);
        let length = length.ok().filter(|length| *length <= MAX_ANSWER).ok_or(ScanError::Oversized(MAX_ANSWER))?;
        let mut share = budget.wait(self.answers.take(length)).await?;
        let mut answer = BytesMut::new();
        while let Some(frame) = budget.spend(async { Ok(body.frame().await) }).await? {
            let Ok(some) = frame.map_err(|_| ScanError::Broken)?.into_data() else { continue };
            if answer.len() + some.len() > MAX_ANSWER {
                return Err(ScanError::Oversized(MAX_ANSWER));
            }
            if answer.len() + some.len() > share.size() {
                share.add(budget.wait(self.answers.take(MAX_ANSWER - share.size())).await?);
            }
            answer.extend_from_slice(&some);
        }
        share.shrink(answer.len());
        Ok(share.hold(answer.freeze()))
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
