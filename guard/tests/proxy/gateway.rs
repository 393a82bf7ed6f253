//! A gateway of another make: answers a scan by the tool's name, and keeps what it was asked.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::runtime::Runtime;
use wiremock::matchers::{method, path, path_regex};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// A gateway with threads of its own, so that a test can wait in its own.
pub(crate) struct Gateway {
    pub(crate) runtime: Runtime,
    pub(crate) server: MockServer,
}

impl Gateway {
    /// Nothing is answered yet.
    pub(crate) fn silent() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let server = runtime.block_on(MockServer::start());
        Self { runtime, server }
    }

    /// Every scan is answered with this.
    pub(crate) fn answering(verdict: &Value) -> Self {
        let gateway = Self::silent();
        gateway.scan_with(ResponseTemplate::new(200).set_body_json(verdict));
        gateway
    }

    pub(crate) fn allowing() -> Self {
        Self::answering(&json!({ "decision": "ALLOW", "trace_id": "t-1" }))
    }

    pub(crate) fn denying() -> Self {
        Self::answering(&json!({ "decision": "DENY", "reason_codes": ["SECRETS", "PII"] }))
    }

    pub(crate) fn scan_with(&self, answer: impl wiremock::Respond + 'static) {
        self.runtime
            .block_on(Mock::given(method("POST")).and(path("/v1/scan")).respond_with(answer).mount(&self.server));
    }

    pub(crate) fn report_with(&self, answer: impl wiremock::Respond + 'static) {
        let mock = Mock::given(method("POST")).and(path("/v1/scan/response")).respond_with(answer);
        self.runtime.block_on(mock.mount(&self.server));
    }

    /// The approval `a-1` stands so, from this look on.
    pub(crate) fn approval_is(&self, statuses: &[&str]) {
        for (at, status) in statuses.iter().enumerate() {
            let answer = ResponseTemplate::new(200).set_body_json(json!({ "approval_id": "a-1", "status": status }));
            let mock = Mock::given(method("GET")).and(path_regex("^/v1/approvals/a-1/status$")).respond_with(answer);
            let mock = if at + 1 < statuses.len() { mock.up_to_n_times(1) } else { mock };
            self.runtime.block_on(mock.mount(&self.server));
        }
    }

    pub(crate) fn uri(&self) -> String {
        self.server.uri()
    }

    fn requests(&self) -> Vec<Request> {
        self.runtime.block_on(self.server.received_requests()).unwrap()
    }

    /// The bodies of what it was asked there.
    pub(crate) fn asked(&self, path: &str) -> Vec<String> {
        let requests = self.requests().into_iter().filter(|request| request.url.path() == path);
        requests.map(|request| String::from_utf8(request.body).unwrap()).collect()
    }

    pub(crate) fn scans(&self) -> Vec<String> {
        self.asked("/v1/scan")
    }

    pub(crate) fn looks(&self) -> usize {
        self.requests().iter().filter(|request| request.url.path().starts_with("/v1/approvals/")).count()
    }

    /// Waits until it has been asked so often there.
    pub(crate) fn wait_for(&self, path: &str, times: usize) {
        let begun = std::time::Instant::now();
        while self.asked(path).len() < times {
            assert!(begun.elapsed() < Duration::from_secs(10), "{path} was asked {} times", self.asked(path).len());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
