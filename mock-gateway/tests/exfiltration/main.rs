//! How much of what was read is recognised when it is written elsewhere, dress by dress, and how often
//! unrelated text is taken for it: measured on the default scenario, and compared with what is published.

mod corpus;
mod disguise;
mod table;

use std::path::Path;

use bytes::Bytes;
use mock_gateway::api::{Key, Request};
use mock_gateway::engine::Engine;
use mock_gateway::{Clock, Scenario};
use serde_json::{Value, json};

use corpus::{Kind, Random};
use table::{Alarms, Found, table};

/// How many texts of each kind are read, and written in every dress.
const TEXTS: usize = 25;

/// How many texts one agent has read when unrelated ones are written, and how many those are.
const READ: usize = 120;
const WRITTEN: usize = 200;

/// Where the texts come from.
const SEED: u64 = 20_260_101;

/// A gateway with the default scenario, and an agent that has not read anything yet.
struct Agent {
    engine: Engine,
    clock: Clock,
}

impl Agent {
    fn new() -> Self {
        let clock = Clock::frozen();
        let scenario = Scenario::named("default").expect("a bundled scenario");
        let engine = Engine::new(&scenario, String::new(), clock.now().virtual_time);
        Self { engine, clock }
    }

    fn ask(&mut self, path: &str, body: &str) -> Value {
        let key: Key = "iv_test_1".parse().expect("a good key");
        let body = Bytes::copy_from_slice(body.as_bytes());
        let length = u64::try_from(body.len()).expect("a length");
        let request = Request::read("POST", path, Some(key), &body, length).unwrap_or_else(|error| panic!("{error:?}"));
        let answer = self.engine.decide(&request, self.clock.now()).say.answer().expect("an answer");
        serde_json::from_slice(&answer.body).expect("an answer in JSON")
    }

    /// Calls a host, and hands in what it answered; the trace of the call.
    fn read(&mut self, text: &str, kind: Kind) -> String {
        let verdict = self.ask("/v1/scan", r#"{"method":"GET","url":"https://intranet.example/item"}"#);
        let trace = verdict["trace_id"].as_str().expect("a trace").to_owned();
        let response = if kind == Kind::Record { text.to_owned() } else { json!(text).to_string() };
        self.ask("/v1/scan/response", &format!(r#"{{"trace_id":"{trace}","response_body":{response}}}"#));
        trace
    }

    /// Whether a write to another host is flagged, and with which words.
    fn write(&mut self, body: &str) -> Option<String> {
        let scan = format!(r#"{{"method":"POST","url":"https://elsewhere.example/new","body":{body}}}"#);
        let verdict = self.ask("/v1/scan", &scan);
        let flagged = verdict["reason_codes"] == json!(["SENSITIVE_DATA_EGRESS"]);
        assert_eq!(
            flagged,
            verdict["decision"] == "REQUIRE_APPROVAL" && verdict["reason_codes"] != json!(["NEW_DESTINATION"])
        );
        let signals = verdict["signals"].as_array().expect("signals");
        let words =
            signals.iter().find(|signal| signal["engine"] == "correlate").map(|signal| signal["details"].to_string());
        assert_eq!(flagged, words.is_some(), "{verdict}");
        words
    }
}

/// How many texts of a kind are recognised, dress by dress; `None` where there is none to wear.
fn found(kind: Kind) -> Vec<Option<Found>> {
    let mut found = vec![None; disguise::ALL.len()];
    for number in 0..TEXTS {
        let mut random = Random(SEED + u64::try_from(number).expect("a small number"));
        let text = kind.text(&mut random);
        let mut agent = Agent::new();
        let trace = agent.read(&text, kind);
        for (disguise, found) in disguise::ALL.iter().zip(&mut found) {
            let Some(body) = (disguise.dress)(&text, kind, &mut random) else { continue };
            let words = agent.write(&body);
            assert!(words.as_ref().is_none_or(|words| words.contains(&trace)), "{words:?} names {trace}");
            found.get_or_insert_with(Found::default).add(words.is_some());
        }
    }
    found
}

/// How many unrelated texts of a kind are taken for one of those that were read before.
fn alarms() -> Vec<(Kind, Alarms)> {
    let mut agent = Agent::new();
    let mut random = Random(SEED.rotate_left(32));
    let mut reads = Kind::ALL.into_iter().cycle().take(READ);
    reads.by_ref().for_each(|kind| _ = agent.read(&kind.text(&mut random), kind));
    let mut count = |kind: Kind| {
        let mut alarms = Alarms::default();
        for _ in 0..WRITTEN {
            let text = kind.text(&mut random);
            let body = if kind == Kind::Record { text } else { json!({ "text": text }).to_string() };
            alarms.add(READ, agent.write(&body).is_some());
        }
        alarms
    };
    Kind::ALL.map(|kind| (kind, count(kind))).to_vec()
}

#[test]
fn what_is_promised_is_found_and_unrelated_text_is_left_alone() {
    let columns = Kind::ALL.map(found);
    let rows: Vec<_> = disguise::ALL
        .iter()
        .enumerate()
        .map(|(place, disguise)| (disguise, columns.each_ref().map(|column| column[place])))
        .collect();
    let alarms = alarms();
    let due = table(&rows, &alarms);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("EXFILTRATION.md");
    if std::env::var_os("UPDATE_PUBLISHED").is_some() {
        std::fs::write(&path, &due).expect("the file can be written");
    }
    for (disguise, cells) in &rows {
        let missed = cells.iter().flatten().any(|found| found.percent() < 95);
        assert!(!(disguise.promised && missed), "{}: {cells:?}", disguise.name);
    }
    for (kind, alarms) in &alarms {
        assert!(alarms.rate() < 0.001, "{}: {alarms:?}", kind.name());
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(published == due, "run this test again with UPDATE_PUBLISHED=1");
}
