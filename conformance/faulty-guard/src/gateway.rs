//! The HTTP client: one deadline over everything, at most one retry, no redirect, no proxy, no peer
//! that is not verified. Never MCP, and never what an answer means.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use crate::config::{Config, Key};
use crate::json::Object;
use crate::question::{Question, Tool};

/// More than any gateway answers; past it the answer counts as broken.
const MAX_ANSWER: u64 = 16 * 1024 * 1024;

/// What the gateway sent back, whatever its status.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) location: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Nobody listens there.
    Refused,
    /// The host has no address or no route.
    Unreachable,
    /// The connection ended before the answer began.
    Reset,
    /// The budget ran out.
    Timeout,
    /// The answer is longer than any that a gateway gives.
    TooLong,
    /// Anything else, an answer cut in the middle among it.
    Broken(String),
}

/// The gateway, as one call sees it. Connections are not kept between calls: one that the gateway
/// closed in the meantime would look like a reset.
#[derive(Debug, Clone)]
pub(crate) struct Gateway {
    pub(crate) config: Arc<Config>,
    agent: Agent,
    /// When the call came in: a wait for its turn is part of its budget.
    since: Instant,
}

impl Gateway {
    pub(crate) fn new(config: Arc<Config>) -> Self {
        let authority = config.authority.as_ref().map_or(RootCerts::WebPki, |path| authority(path));
        let agent = agent(TlsConfig::builder().root_certs(authority).build());
        Self { config, agent, since: Instant::now() }
    }

    /// The same gateway, whoever it is that answers in its place.
    pub(crate) fn whoever_it_is(&self) -> Self {
        Self { agent: agent(TlsConfig::builder().disable_verification(true).build()), ..self.clone() }
    }

    /// The same gateway, asked with another key.
    pub(crate) fn with_key(&self, key: Key) -> Self {
        Self { config: Arc::new(Config { key, ..(*self.config).clone() }), ..self.clone() }
    }

    /// Ends whatever is under way, from another thread.
    pub(crate) fn hang_up(&self) {
        self.agent.clone().shutdown();
    }

    /// Asks within the budget, a retry included; without one, waits for ever.
    pub(crate) fn ask(&self, question: &Question, budget: Option<Duration>) -> Result<Answer, Trouble> {
        let deadline = budget.map(|budget| self.since + budget);
        let url = self.url(question);
        let first = self.post(&url, question, deadline);
        let Some(pause) = retry_after(question.tool, &first) else { return first };
        if deadline.is_some_and(|deadline| Instant::now() + pause >= deadline) {
            return first;
        }
        thread::sleep(pause);
        self.post(&url, question, deadline)
    }

    /// The same gateway with the whole budget again, for the next thing that the call asks.
    pub(crate) fn afresh(&self) -> Self {
        Self { since: Instant::now(), ..self.clone() }
    }

    /// The status of an approval, where it can be learnt.
    pub(crate) fn approval(&self, id: &str) -> Option<String> {
        self.approval_at(&escaped(id))
    }

    /// The same, of an id that already is a segment of a path.
    pub(crate) fn approval_at(&self, segment: &str) -> Option<String> {
        let mut response = self
            .agent
            .get(format!("{}/v1/approvals/{segment}/status", self.config.gateway))
            .header("authorization", format!("Bearer {}", self.config.key.secret()))
            .header("accept", "application/json")
            .config()
            .timeout_global(Some(self.config.budget))
            .build()
            .call()
            .ok()?;
        let body = response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec().ok()?;
        Object::parse(&body).ok().filter(|_| response.status() == 200)?.text("status")
    }

    /// Where the question belongs.
    pub(crate) fn url(&self, question: &Question) -> String {
        format!("{}{}", self.config.gateway, question.tool.path())
    }

    /// When the budget of the call is used up.
    pub(crate) fn deadline(&self) -> Instant {
        self.since + self.config.budget
    }

    /// Asks once, at this address.
    pub(crate) fn post(&self, url: &str, question: &Question, deadline: Option<Instant>) -> Result<Answer, Trouble> {
        self.post_with(url, question, deadline, &[])
    }

    /// Asks once with further headers.
    pub(crate) fn post_with(
        &self,
        url: &str,
        question: &Question,
        deadline: Option<Instant>,
        headers: &[(String, String)],
    ) -> Result<Answer, Trouble> {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let request = headers.iter().fold(self.agent.post(url), |request, (name, value)| request.header(name, value));
        let response = request
            .header("authorization", format!("Bearer {}", self.config.key.secret()))
            .header("content-type", "application/json")
            .header("accept", "application/json")
            .config()
            .timeout_global(left)
            .build()
            .send(question.wire().get());
        let mut response = response.map_err(|error| trouble(&error))?;
        let header = |name| response.headers().get(name).and_then(|value| Some(value.to_str().ok()?.trim().to_owned()));
        let seconds: Option<u64> = header("retry-after").and_then(|seconds| seconds.parse().ok());
        let location = header("location");
        let body = response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
        let body = body.map_err(|error| match trouble(&error) {
            trouble @ (Trouble::Timeout | Trouble::TooLong) => trouble,
            _ => Trouble::Broken("the answer ended in the middle".into()),
        })?;
        let retry_after = seconds.map(Duration::from_secs);
        Ok(Answer { status: response.status().as_u16(), retry_after, location, body })
    }
}

/// A text as one segment of a path (RFC 3986, section 2.3).
pub(crate) fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

fn agent(tls: TlsConfig) -> Agent {
    let settings = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .max_idle_connections(0)
        .user_agent(concat!("faulty-guard/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls)
        .build();
    Agent::new_with_config(settings)
}

/// The authorities in a file. One that cannot be read names nobody, so that no peer is trusted.
fn authority(path: &Path) -> RootCerts {
    let pem = std::fs::read(path).unwrap_or_default();
    let certificates = parse_pem(&pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    });
    RootCerts::new_with_certs(&certificates.collect::<Vec<Certificate<'static>>>())
}

fn trouble(error: &ureq::Error) -> Trouble {
    match error {
        ureq::Error::Timeout(_) => Trouble::Timeout,
        ureq::Error::BodyExceedsLimit(_) => Trouble::TooLong,
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => Trouble::Unreachable,
        ureq::Error::Io(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused => Trouble::Refused,
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => Trouble::Unreachable,
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Trouble::Timeout,
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Trouble::Reset,
            _ => Trouble::Broken(error.to_string()),
        },
        other => Trouble::Broken(other.to_string()),
    }
}

/// Whether to ask once more, and after which pause. A response scan is repeated only when nobody
/// listened: the gateway may remember one that it has seen.
fn retry_after(tool: Tool, first: &Result<Answer, Trouble>) -> Option<Duration> {
    match (tool, first) {
        (_, Err(Trouble::Refused)) | (Tool::Scan, Err(Trouble::Reset)) => Some(Duration::ZERO),
        (Tool::Scan, Ok(answer)) if answer.status >= 500 => Some(Duration::ZERO),
        (Tool::Scan, Ok(answer)) if answer.status == 429 => answer.retry_after,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::local;

    #[test]
    fn a_wait_before_the_first_byte_is_part_of_the_budget() {
        let gateway = Gateway::new(Arc::new(local(&[])));
        let question = Question { tool: Tool::Scan, body: Object::default() };
        assert_eq!(gateway.ask(&question, Some(Duration::from_secs(60))).unwrap_err(), Trouble::Refused);
        thread::sleep(Duration::from_millis(20));
        assert_eq!(gateway.ask(&question, Some(Duration::from_millis(10))).unwrap_err(), Trouble::Timeout);
    }

    #[test]
    fn a_scan_is_retried_only_where_nothing_was_decided() {
        let answer = |status, seconds: Option<u64>| {
            Ok(Answer { status, retry_after: seconds.map(Duration::from_secs), ..Answer::default() })
        };
        let now = Some(Duration::ZERO);
        for (first, scan, response) in [
            (Err(Trouble::Refused), now, now),
            (Err(Trouble::Reset), now, None),
            (Err(Trouble::Timeout), None, None),
            (Err(Trouble::Broken(String::new())), None, None),
            (answer(503, None), now, None),
            (answer(429, None), None, None),
            (answer(429, Some(2)), Some(Duration::from_secs(2)), None),
            (answer(400, None), None, None),
            (answer(401, Some(1)), None, None),
            (answer(302, None), None, None),
            (answer(200, None), None, None),
        ] {
            assert_eq!(retry_after(Tool::Scan, &first), scan, "{first:?}");
            assert_eq!(retry_after(Tool::ScanResponse, &first), response, "{first:?}");
        }
    }
}
