//! A gateway without a socket, asked by the guard's own encoding, under a clock that only the property
//! moves. Never a property.

use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use mcp_guard::json::Object;
use mcp_guard::scan::Scan;
use mcp_guard::verdict::{Decision, Verdict};
use mock_gateway::api::{Key, Request};
use mock_gateway::approval::ApprovalError;
use mock_gateway::engine::Engine;
use mock_gateway::json::Json;
use mock_gateway::{Clock, Scenario, approval};

use crate::question::bytes;

/// What a scan came to, as the guard reads the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Spoken {
    /// It may run: an approval's grant stands for it.
    Granted,
    /// It may not: an approval's denial stands for it.
    Denied,
    /// It waits for this approval.
    RequireApproval(String),
}

pub(crate) struct Gateway {
    engine: Engine,
    clock: Clock,
    key: Key,
}

impl Gateway {
    /// One that wants an approval of every call.
    pub(crate) fn asking() -> Self {
        static SCENARIO: LazyLock<Scenario> =
            LazyLock::new(|| scenario("rules: [{ then: [{ decision: REQUIRE_APPROVAL, repeat: forever }] }]"));
        Self::playing(&SCENARIO)
    }

    /// One that denies what carries out what was read, and nothing else.
    pub(crate) fn correlating() -> Self {
        static SCENARIO: LazyLock<Scenario> = LazyLock::new(|| {
            scenario(
                "rules: [{ when: { overlaps: earlier_response }, \
                 then: { decision: DENY, reason_codes: [SENSITIVE_DATA_EGRESS] } }, { then: { decision: ALLOW } }]",
            )
        });
        Self::playing(&SCENARIO)
    }

    fn playing(scenario: &Scenario) -> Self {
        let clock = Clock::frozen();
        let engine = Engine::new(scenario, "https://console.example".to_owned(), clock.now().virtual_time);
        Self { engine, clock, key: "iv_live_canary".parse().expect("letters are a key") }
    }

    /// What it answers to a body that it serves.
    pub(crate) fn asked(&mut self, path: &str, body: &str) -> Json {
        let answer = self.answer(path, &Bytes::copy_from_slice(body.as_bytes()));
        let answer = answer.unwrap_or_else(|| panic!("{path} does not serve {body}"));
        Json::parse(&answer).expect("an answer is JSON")
    }

    fn answer(&mut self, path: &str, body: &Bytes) -> Option<Bytes> {
        let request = Request::read("POST", path, Some(self.key.clone()), body, body.len() as u64).ok()?;
        let decided = self.engine.decide(&request, self.clock.now());
        Some(decided.say.answer().expect("what is decided is answered").body.clone())
    }

    /// Asks about a call with this body; `None` when the guard or the gateway does not serve it.
    pub(crate) fn scan(&mut self, url: &str, body: &str) -> Option<Spoken> {
        let arguments = format!(r#"{{"tool_name":"t","method":"POST","url":"{url}","body":{body}}}"#);
        let arguments = Object::read(&arguments.into()).ok()??;
        let asked = bytes(&Scan::read(&arguments).ok()?.encode(None));
        let answer = self.answer("/v1/scan", &asked)?;
        let verdict = Verdict::read(&answer).expect("the gateway's verdict is one");
        let reasons = verdict.reasons();
        Some(match verdict.decision() {
            Decision::Allow => {
                assert_eq!(reasons, ["RECENT_APPROVAL_GRANT"], "allowed without a grant");
                Spoken::Granted
            }
            Decision::Deny => {
                assert_eq!(reasons, ["APPROVAL_DENIED"], "denied without a denial");
                Spoken::Denied
            }
            Decision::RequireApproval => {
                let approval = verdict.approval().expect("a verdict that requires an approval names it");
                Spoken::RequireApproval(approval.id.clone())
            }
            Decision::Sanitize => panic!("nothing was to be sanitized"),
        })
    }

    pub(crate) fn approve(&mut self, id: &str) -> Result<(), ApprovalError> {
        self.decide(id, approval::Verdict::Approve)
    }

    pub(crate) fn deny(&mut self, id: &str) -> Result<(), ApprovalError> {
        self.decide(id, approval::Verdict::Deny)
    }

    fn decide(&mut self, id: &str, verdict: approval::Verdict) -> Result<(), ApprovalError> {
        let now = self.clock.now().virtual_time;
        self.engine.desk().decide(id, verdict, None, now).map(drop)
    }

    pub(crate) fn advance(&mut self, wait: Duration) {
        self.clock.advance(wait);
    }

    /// Another key asks from now on.
    pub(crate) fn use_key(&mut self, key: &str) {
        self.key = key.parse().expect("letters are a key");
    }

    /// Forgets all that it knew.
    pub(crate) fn reset(&mut self) {
        self.engine.reset(self.clock.now().virtual_time);
    }
}

fn scenario(text: &str) -> Scenario {
    Scenario::parse("fuzz.yaml", text).expect("the scenario is good")
}
