//! The paths of the mock gateway: a request decided, a text redacted, a write compared with what was
//! read before.

use bytes::Bytes;
use mock_gateway::answer::Say;
use mock_gateway::api::{Key, Request};
use mock_gateway::clock::Clock;
use mock_gateway::engine::{Decided, Engine};
use mock_gateway::{Scenario, redact as redaction};

/// A gateway with a scenario, and what has been asked of it.
struct Desk {
    engine: Engine,
    clock: Clock,
}

impl Desk {
    fn new(scenario: &Scenario) -> Self {
        // Time stands still, so that nothing is forgotten between two walks.
        let clock = Clock::frozen();
        Self { engine: Engine::new(scenario, String::new(), clock.now().virtual_time), clock }
    }

    fn decide(&mut self, request: &Request) -> Decided {
        self.engine.decide(request, self.clock.now())
    }

    /// Gives the answer's body.
    fn answer(&mut self, path: &str, text: &Bytes) -> Bytes {
        let decided = self.decide(&request(path, text));
        decided.say.answer().expect("what is no fault has an answer").body
    }
}

fn request(path: &str, text: &Bytes) -> Request {
    let key: Key = "iv_test_bench".parse().expect("the letters are those of a token");
    Request::read("POST", path, Some(key), text, text.len() as u64)
        .unwrap_or_else(|error| panic!("the request is good: {error:?}"))
}

fn scan(method: &str, host: &str, body: &str) -> Bytes {
    Bytes::from(format!(
        r#"{{"runtime_type":"mcp","tool_name":"http","method":"{method}","url":"https://{host}/x","body":{body}}}"#
    ))
}

/// A body that has a secret at its one end and an address at the other.
pub(super) fn redact(body: &str) -> impl FnMut() -> usize + use<> {
    let text = format!(r#"{{"token":"iv_live_12345678","body":{body},"to":"jo@example.org"}}"#);
    assert_eq!(redaction::json(&text).fields, 2, "both are found");
    move || redaction::json(&text).text.len()
}

/// From the request's bytes to those of the answer. The rules are the usual ones, and the last of them
/// allows the call: none before it is about a read without anything secret in it.
pub(super) fn engine(body: &str) -> impl FnMut() -> usize + use<> {
    let mut desk = Desk::new(&Scenario::named("default").expect("the bundled scenario is good"));
    let scan = scan("GET", "crm.example", body);
    move || {
        let answer = desk.answer("/v1/scan", &scan);
        assert!(answer.windows(7).any(|word| word == b"\"ALLOW\""), "the last rule is not met: {answer:?}");
        scan.len()
    }
}

/// The number of letters and digits in a row that a write has in common with a response of another host.
pub(super) fn correlate(body: &str) -> impl FnMut() -> usize + use<> {
    let mut desk = Desk::new(&Scenario::parse("none", "rules: []").expect("no rules are good rules"));
    let decided = desk.decide(&request("/v1/scan", &scan("GET", "crm.example", "{}")));
    let trace = decided.trace().expect("a scan has a trace").to_owned();
    let response = format!(r#"{{"trace_id":"{trace}","response_body":{body}}}"#);
    desk.answer("/v1/scan/response", &response.into());
    let write = request("/v1/scan", &scan("POST", "paste.example", body));
    move || match desk.decide(&write).say {
        Say::Verdict(_, verdict) => verdict.overlap.expect("what was read is written").letters,
        other => panic!("a scan is answered with a verdict: {other:?}"),
    }
}
