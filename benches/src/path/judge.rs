//! The path of the judge: the recording of an honest guard, judged by its case and by every standing
//! check.

use guard_conformance::case::{self, Case, Kind};
use guard_conformance::judge::Judge;
use guard_conformance::recording::{Entry, Event, Header, Key, Recording, Status};
use guard_conformance::requirement::Requirements;
use guard_conformance::subject::Tools;
use guard_conformance::version::Version;

/// The case that is judged, but for the body of its call.
const CASE: &str = r#"requirement: scan.allow
since: 1
why: The same call with a body of any size.
steps:
  - scan: { tool_name: drive, method: POST, url: "https://www.googleapis.com/drive/v3/files", body: BODY }
    gateway: { decision: ALLOW }
    expect: { decision: ALLOW, has: [trace_id, risk_score, risk_band], is_error: false }
caught_by: [{ sin: bare-allow, finding: field-missing }]
"#;

/// What its client speaks.
const VERSION: Version = Version::V2025_11_25;

/// Counts the standing checks: an honest guard gives no findings to count.
pub(super) fn judge(body: &str) -> impl FnMut() -> usize + use<> {
    let requirements = Requirements::embedded().expect("the embedded requirements are good");
    let read = |path: &str, text: &str| case::parse(path, path, text, &requirements).expect("the case is good");
    let case = read("scan/allow.yaml", &CASE.replace("BODY", body));
    let standing: Vec<Case> = guard_fixtures::cases()
        .into_iter()
        .filter(|(path, _)| path.starts_with("standing/"))
        .map(|(path, text)| read(path, text))
        .filter(|check| check.is_about(VERSION))
        .collect();
    let recording = recording(&case, body);
    move || {
        let judge = Judge::of(&recording);
        let requirement = |case: &Case| requirements.get(&case.requirement).expect("a case that was read has one");
        let checks = standing.iter().filter_map(|check| match check.kind {
            Kind::Standing(standing) => judge.standing(standing, requirement(check), &case),
            Kind::Played(_) => None,
        });
        let mut findings: Vec<_> = checks.flatten().collect();
        findings.extend(judge.play(&case, requirement(&case)));
        assert!(findings.is_empty(), "the recording is one of an honest guard: {findings:#?}");
        standing.len()
    }
}

fn recording(case: &Case, body: &str) -> Recording {
    let arguments = format!(
        r#""tool_name":"drive","method":"POST","url":"https://www.googleapis.com/drive/v3/files","body":{body}"#
    );
    let verdict = r#"{"decision":"ALLOW","risk_score":0.1,"risk_band":"LOW","reason_codes":[],"trace_id":"8f14e45f-ceea-467f-a9d1-000000000001"}"#;
    let text = serde_json::Value::from(verdict);
    let step = |step: &str| Event::Step { step: step.to_owned() };
    let sent = |step: &str, id: Option<&str>, line: String| Event::ClientSent {
        step: step.to_owned(),
        bytes: (line + "\n").into(),
        id: id.map(str::to_owned),
    };
    let received = |line: String| Event::ClientReceived { line: line.into() };
    let events = [
        Event::Started { pid: 1 },
        step("opening"),
        sent("opening", Some("1"), r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}"#.to_owned()),
        received(r#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"guard","version":"1"}}}"#.to_owned()),
        sent("opening", None, r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#.to_owned()),
        step("1"),
        sent("1", Some("2"), format!(r#"{{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{{"name":"interven_scan","arguments":{{{arguments}}}}}}}"#)),
        Event::GatewayAsked {
            number: 1,
            method: "POST".to_owned(),
            path: "/v1/scan".to_owned(),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            key: Key::Right,
            body: format!(r#"{{"runtime_type":"mcp",{arguments}}}"#).into(),
        },
        Event::GatewayAnswered { number: 1, status: 200, body: verdict.into() },
        received(format!(r#"{{"jsonrpc":"2.0","id":2,"result":{{"content":[{{"type":"text","text":{text}}}],"structuredContent":{verdict},"isError":false}}}}"#)),
        Event::StdinClosed,
        Event::StdoutEnded { rest: "".into() },
        Event::Exited { status: Status::Code(0) },
    ];
    let header = Header {
        recording: 1,
        case: case.id.clone(),
        subject: "guard".to_owned(),
        version: VERSION,
        declared: vec![VERSION],
        canary: "iv_live_0123456789abcdef0123456789abcdef".to_owned(),
        tools: Tools::default(),
        deny_when: Vec::new(),
        transforms: Vec::new(),
        has_gateway: true,
        budget_ms: 300,
        sees_processes: true,
    };
    let entries = (0..).zip(events).map(|(at_us, event)| Entry { at_us, direct: false, event });
    Recording { header, direct: Vec::new(), entries: entries.collect() }
}
