//! Everything that can come of a request, on every route: played over the wire, and compared with
//! what is declared and with the table that is published.

mod grid;
mod plays;
mod seen;
mod table;

use std::path::Path;
use std::time::Duration;

use mock_gateway::api::Route;
use mock_gateway::journal::Entry;
use mock_gateway::{Clock, Event, Filter, MockGateway, Scenario};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedReceiver;

use grid::{FAULTS, columns, rows};
use plays::{Ask, Leaving, Play, Step, Token, plays};
use seen::{End, Wire, outcome};
use table::{Seen, gaps, table};

/// How long what must happen may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a client that is not answered waits to see that nothing comes.
const SILENCE: Duration = Duration::from_millis(20);

#[tokio::test]
async fn every_outcome_that_can_be_is_seen_on_every_route_and_no_other() {
    let (mut seen, mut wrong) = (Seen::new(), Vec::new());
    for play in plays() {
        for (entry, wire) in perform(&play).await {
            wrong.extend(wire.disagreement(&entry));
            let cell = (outcome(&entry), Route::of(entry.bare_path()).map(|(route, _)| route));
            let words = wire.to_string();
            if let Some(other) = seen.insert(cell.clone(), words.clone()).filter(|other| *other != words) {
                wrong.push(format!("{cell:?} is {other:?} once and {words:?} another time"));
            }
        }
    }
    let rows = rows();
    wrong.extend(gaps(&rows, &seen));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let due = table(&rows, &seen);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("COVERAGE.md");
    if std::env::var_os("UPDATE_PUBLISHED").is_some() {
        std::fs::write(&path, &due).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(published == due, "run this test again with UPDATE_PUBLISHED=1");
}

#[test]
fn the_grid_has_every_fault_that_a_scenario_can_name() {
    let schema = serde_json::to_value(mock_gateway::scenario::schema()).unwrap();
    let faults = schema["$defs"]["Fault"]["oneOf"].as_array().expect("a fault is one of several");
    let name = |fault: &serde_json::Value| {
        let word = fault["const"].as_str().or_else(|| fault["required"][0].as_str());
        word.unwrap_or_else(|| panic!("no name in {fault}")).to_owned()
    };
    assert_eq!(faults.iter().map(name).collect::<Vec<_>>(), FAULTS.map(|(name, _)| name));
}

#[test]
fn a_gap_and_what_is_not_listed_are_told() {
    let rows = rows();
    let mut seen: Seen = rows
        .iter()
        .flat_map(|row| {
            columns().filter(|column| row.never(*column).is_none()).map(|column| (row.name.clone(), column))
        })
        .map(|cell| (cell, String::new()))
        .collect();
    assert_eq!(gaps(&rows, &seen), [""; 0]);
    seen.remove(&("fault reset".to_owned(), Some(Route::Usage)));
    seen.insert(("418 TEAPOT".to_owned(), Some(Route::Health)), "418".to_owned());
    seen.insert(("ALLOW".to_owned(), Some(Route::Health)), "200".to_owned());
    let due = [
        "never seen: fault reset, on GET /v1/usage",
        "not listed: 418 TEAPOT, on GET /health (418)",
        "cannot be, and was seen: ALLOW, on GET /health (200); declared because only a scan is decided about",
    ];
    assert_eq!(gaps(&rows, &seen), due);
}

/// Plays to the end; every request with what the client saw of it.
async fn perform(play: &Play) -> Vec<(Entry, Wire)> {
    let scenario = Scenario::parse("play.yaml", &play.scenario).unwrap_or_else(|error| panic!("{error}"));
    let builder = MockGateway::builder().key("iv_test_1").scenario(scenario).clock(Clock::frozen());
    let gateway = builder.start().await.unwrap_or_else(|error| panic!("{error}"));
    let mut events = gateway.journal().follow();
    let (mut key, mut wires) = (String::new(), Vec::new());
    for step in &play.steps {
        let approvals = gateway.approvals();
        let id = approvals.all().last().map_or_else(|| "nobody".to_owned(), |approval| approval.id.clone());
        match step {
            Step::Approve => _ = approvals.approve(&id).expect("it is pending"),
            Step::Deny => _ = approvals.deny(&id).expect("it is pending"),
            Step::Advance(by) => gateway.clock().advance(*by),
            Step::Ask(ask) => {
                let wire = send(&gateway, &mut events, ask, &id, &key).await;
                if let Some((_, rest)) = wire.body().split_once(r#""key":""#) {
                    key = rest.split('"').next().unwrap_or_default().to_owned();
                }
                wires.push(wire);
            }
        }
    }
    let entries = gateway.journal().query(&Filter::all());
    assert_eq!(entries.len(), wires.len(), "each request is written down once: {play:?}");
    entries.into_iter().zip(wires).collect()
}

/// Sends one request on a connection of its own, and reads what there is to read.
async fn send(gateway: &MockGateway, events: &mut UnboundedReceiver<Event>, ask: &Ask, id: &str, key: &str) -> Wire {
    let Ask { method, path, token, body, leaving } = ask;
    let token = match token {
        Token::Lasting => "Authorization: Bearer iv_test_1\r\n".to_owned(),
        Token::ShortLived => format!("Authorization: Bearer {key}\r\n"),
        Token::Nothing => String::new(),
    };
    let more = if *leaving == Leaving::Sending { 900 } else { 0 };
    let (path, length) = (path.replace("{id}", id), body.len() + more);
    let sent = format!("{method} {path} HTTP/1.1\r\nHost: gateway\r\n{token}Content-Length: {length}\r\n\r\n{body}");
    let mut stream = TcpStream::connect(gateway.address()).await.expect("an open port");
    stream.write_all(sent.as_bytes()).await.expect("the gateway reads");
    let mut wire = Wire { bytes: Vec::new(), end: End::Left };
    match leaving {
        Leaving::Served => loop {
            let read = in_time(stream.read_buf(&mut wire.bytes)).await;
            if !wire.take(&read) {
                break;
            }
        },
        Leaving::Waiting => {
            until(events, |event| matches!(event, Event::Decided { .. })).await;
            let silence = tokio::time::timeout(SILENCE, stream.read_buf(&mut wire.bytes)).await;
            assert!(silence.is_err(), "{silence:?} came where nothing was due");
        }
        Leaving::Sending => {}
    }
    drop(stream);
    // What the client has seen is written down, or will be once it is seen to have gone.
    let ended = |event: &Event| matches!(event, Event::Answered { .. } | Event::Broken { .. } | Event::HungUp { .. });
    until(events, ended).await;
    wire
}

async fn in_time<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("it happens in time")
}

async fn until(events: &mut UnboundedReceiver<Event>, wanted: impl Fn(&Event) -> bool) {
    while !wanted(&in_time(events.recv()).await.expect("a running gateway")) {}
}
