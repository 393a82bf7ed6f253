//! Why a scan failed, what its user can do about it, and the two decisions that hang on it: whether to
//! try again, and whether fail-open covers it. Pure.

use std::time::Duration;

use crate::verdict::VerdictError;

/// Why a scan, or the report of a response, failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what happened")]
pub enum ScanError {
    #[error("the gateway refused the connection; check that it runs and that INTERVEN_GATEWAY_URL names it")]
    Refused,
    #[error("the gateway cannot be reached; check the network and INTERVEN_GATEWAY_URL")]
    Unreachable,
    #[error("the gateway closed the connection without an answer; try again")]
    Reset,
    #[error("the gateway closed the connection on a body that is larger than most plans accept (256 KB); send less")]
    Rejected,
    #[error("the connection to the gateway broke in the middle of its answer; try again")]
    Broken,
    #[error("the gateway did not answer within {} ms; try again, or raise INTERVEN_SCAN_TIMEOUT_MS", .0.as_millis())]
    Timeout(Duration),
    #[error("too many calls at once to ask the gateway in time; run fewer at once and try again")]
    Busy,
    #[error("the gateway failed with status {0}; try again later")]
    Server(u16),
    #[error("no TLS connection to the gateway; check its certificate, this machine's clock and INTERVEN_GATEWAY_URL")]
    Tls,
    #[error(
        "the gateway answered with a redirect ({0}), which is never followed; set INTERVEN_GATEWAY_URL to the final address"
    )]
    Redirect(u16),
    #[error("the gateway does not accept the key (status {0}); check INTERVEN_API_KEY")]
    Key(u16),
    #[error("the gateway found the request invalid (status 400); check the arguments")]
    Invalid,
    #[error("the body is larger than the gateway accepts (status 413; 256 KB on most plans); send less")]
    TooLarge,
    #[error("the gateway's rate limit or quota is used up (status 429); {}", wait(*retry_after))]
    RateLimited { retry_after: Option<u64> },
    #[error("the gateway answered with status {0}, which is none of its API; check INTERVEN_GATEWAY_URL")]
    Status(u16),
    #[error("what answered is no HTTP server; check INTERVEN_GATEWAY_URL")]
    NotHttp,
    #[error("the gateway's answer is longer than {0} bytes; tell its operator")]
    Oversized(usize),
    #[error("the gateway's answer cannot be used: {0}; tell its operator")]
    BadAnswer(#[from] VerdictError),
    #[error("the gateway's answer holds the key it was asked with, and is not shown; tell its operator")]
    KeyEchoed,
    #[error("this machine could not open a connection; check its limit of open files")]
    Local,
}

fn wait(retry_after: Option<u64>) -> String {
    retry_after.map_or_else(|| "try again later".to_owned(), |seconds| format!("try again in {seconds} s"))
}

/// What is asked, as far as a second attempt is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Asking twice changes nothing.
    Scan,
    /// Reported twice, a response would be remembered twice.
    Response,
    /// Who asks how an approval stands asks again anyway.
    Status,
}

impl ScanError {
    /// How long to wait before the one second attempt; `None` where there must be none.
    /// `left` is what remains of the budget.
    #[must_use]
    pub fn retry(&self, question: Question, left: Duration) -> Option<Duration> {
        match (question, self) {
            (Question::Scan | Question::Response, Self::Refused)
            | (Question::Scan, Self::Reset | Self::Rejected | Self::Server(_)) => Some(Duration::ZERO),
            (Question::Scan, Self::RateLimited { retry_after: Some(seconds) }) => {
                Some(Duration::from_secs(*seconds)).filter(|wait| *wait < left)
            }
            _ => None,
        }
    }

    /// What two failed attempts come to. A gateway that answered the first one is there: that it was
    /// not heard the second time makes no outage.
    #[must_use]
    pub fn followed_by(self, second: Self) -> Self {
        if second.is_outage() && !self.is_outage() { self } else { second }
    }

    /// Fail-open covers a gateway that is not there, and nothing else: neither its refusals, nor an
    /// answer that was begun, nor anything that the sender of a call could bring about.
    #[must_use]
    pub const fn is_outage(&self) -> bool {
        matches!(self, Self::Refused | Self::Unreachable | Self::Reset | Self::Timeout(_) | Self::Server(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEFT: Duration = Duration::from_secs(2);

    fn all() -> Vec<ScanError> {
        vec![
            ScanError::Refused,
            ScanError::Unreachable,
            ScanError::Reset,
            ScanError::Rejected,
            ScanError::Broken,
            ScanError::Timeout(LEFT),
            ScanError::Busy,
            ScanError::Server(503),
            ScanError::Tls,
            ScanError::Redirect(307),
            ScanError::Key(401),
            ScanError::Invalid,
            ScanError::TooLarge,
            ScanError::RateLimited { retry_after: None },
            ScanError::RateLimited { retry_after: Some(1) },
            ScanError::RateLimited { retry_after: Some(2) },
            ScanError::Status(404),
            ScanError::NotHttp,
            ScanError::Oversized(9),
            ScanError::BadAnswer(VerdictError::NoDecision),
            ScanError::KeyEchoed,
            ScanError::Local,
        ]
    }

    #[test]
    fn a_second_attempt_is_made_where_the_first_left_no_trace() {
        let retried =
            |question| all().into_iter().filter(|error| error.retry(question, LEFT).is_some()).collect::<Vec<_>>();
        assert_eq!(
            retried(Question::Scan),
            [
                ScanError::Refused,
                ScanError::Reset,
                ScanError::Rejected,
                ScanError::Server(503),
                ScanError::RateLimited { retry_after: Some(1) },
            ]
        );
        assert_eq!(retried(Question::Response), [ScanError::Refused]);
        assert_eq!(retried(Question::Status), []);
    }

    #[test]
    fn a_wait_is_taken_only_if_it_fits_the_budget() {
        let limited = |seconds| ScanError::RateLimited { retry_after: Some(seconds) }.retry(Question::Scan, LEFT);
        assert_eq!(
            [limited(0), limited(1), limited(2), limited(u64::MAX)],
            [Some(Duration::ZERO), Some(Duration::from_secs(1)), None, None]
        );
    }

    #[test]
    fn fail_open_covers_an_outage_and_no_refusal() {
        let outages: Vec<_> = all().into_iter().filter(ScanError::is_outage).collect();
        assert_eq!(
            outages,
            [
                ScanError::Refused,
                ScanError::Unreachable,
                ScanError::Reset,
                ScanError::Timeout(LEFT),
                ScanError::Server(503),
            ]
        );
    }

    #[test]
    fn a_gateway_that_answered_first_is_no_outage_later() {
        for second in all() {
            let limited = ScanError::RateLimited { retry_after: Some(1) };
            let told = if second.is_outage() { limited.clone() } else { second.clone() };
            assert_eq!(limited.followed_by(second.clone()), told);
            assert_eq!(ScanError::Refused.followed_by(second.clone()), second);
        }
    }

    #[test]
    fn every_message_says_what_to_do_and_none_could_be_read_as_a_decision() {
        for error in all() {
            let text = error.to_string();
            assert!(text.contains("; "), "{text}");
            assert!(!["ALLOW", "SANITIZE"].iter().any(|word| text.contains(word)), "{text}");
            assert!(!text.ends_with('.'), "{text}");
        }
    }
}
